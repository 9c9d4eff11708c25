import { describe, expect, it } from "vitest";
import { parseSearch } from "../../app/search";
import { asInstant, asLocal, filtersOf, unreadableOf, without } from "./filters";

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

  it.each([
    ["status", "FAILD", "must be one of RUNNING, COMPLETED, FAILED, CANCELED, TERMINATED, TIMED_OUT"],
    ["idPrefix", "a b", "must be 1 to 200 characters of A-Z a-z 0-9 . _ : @ + -"],
    ["taskQueue", "\u202e", "must be 1 to 200 characters of A-Z a-z 0-9 . _ : @ + -"],
    ["workflowName", "x".repeat(201), "must be 1 to 200 characters of A-Z a-z 0-9 . _ : @ + -"],
    ["startedAfter", "yesterday", "must be a date and time with its offset, such as 2026-03-01T12:00:00Z"],
  ])("that cannot be read are told: %s", (name, value, rule) => {
    expect(unreadableOf({ [name]: value })).toEqual([{ name, value, rule }]);
  });

  it("that the list does not have are told", () => {
    const [told] = unreadableOf({ type: "Order", status: "FAILED" });
    expect(told).toMatchObject({ name: "type", value: "Order" });
    expect(told?.rule).toMatch(/^is no filter; there are status, workflowName/);
  });

  it("that are empty are told: a link that was made of nothing would match everything", () => {
    const [told] = unreadableOf({ workflowName: "Order", taskQueue: "" });
    expect(told).toMatchObject({ name: "taskQueue", value: "" });
    expect(unreadableOf({ idPrefix: " " })).toHaveLength(1);
  });

  it("that are given twice are told, and none of both is taken", () => {
    const twice = parseSearch("?status=FAILED&status=RUNNING");
    expect(unreadableOf(twice)).toMatchObject([{ name: "status", rule: "must be given once" }]);
    expect(filtersOf(twice)).toEqual({});
  });

  it("that are read, or not there, are nothing to tell", () => {
    expect(unreadableOf({ status: "FAILED", taskQueue: undefined })).toEqual([]);
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
