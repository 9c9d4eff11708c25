import { describe, expect, it } from "vitest";
import { asInstant, asLocal, filtersOf, without } from "./filters";

describe("filters in the URL", () => {
  it("are taken under the API's names, others are left alone", () => {
    expect(filtersOf({ status: "FAILED", taskQueue: "ships", view: "x" })).toEqual({
      status: "FAILED",
      taskQueue: "ships",
    });
  });

  it("that the API would refuse are left out", () => {
    expect(
      filtersOf({
        status: "failed",
        idPrefix: "a b",
        startedAfter: "2026-03-01T12:00:00",
        startedBefore: "yesterday",
      }),
    ).toEqual({});
  });

  it("keep instants as they were written, offset and all", () => {
    const startedAfter = "2026-03-01T12:00:00+01:00";
    expect(filtersOf({ startedAfter })).toEqual({ startedAfter });
  });

  it("lose one for the counts of the tabs", () => {
    expect(without({ status: "FAILED", idPrefix: "a" }, "status")).toEqual({ idPrefix: "a" });
  });

  it("go into a field of local time and back", () => {
    expect(asInstant(asLocal("2026-03-01T12:00:00Z"))).toBe("2026-03-01T12:00:00.000Z");
    expect(asInstant(asLocal(undefined))).toBe("");
  });
});
