import { describe, expect, it } from "vitest";
import { parseSearch, writeSearch } from "./search";

describe("the URL's query", () => {
  it("keeps what looks like a number as it was written", () => {
    expect(parseSearch("?idPrefix=0042&status=RUNNING")).toEqual({ idPrefix: "0042", status: "RUNNING" });
  });

  it("leaves out what is not set", () => {
    expect(writeSearch({ status: "FAILED", idPrefix: "", runId: undefined })).toBe("?status=FAILED");
    expect(writeSearch({})).toBe("");
  });

  it("survives any character", () => {
    expect(parseSearch(writeSearch({ startedAfter: "2026-03-01T12:00:00+01:00" }))).toEqual({
      startedAfter: "2026-03-01T12:00:00+01:00",
    });
  });
});
