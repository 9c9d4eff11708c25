import { describe, expect, it } from "vitest";
import { filledIn, parseSearch, writeSearch } from "./search";

describe("the URL's query", () => {
  it("keeps what looks like a number as it was written", () => {
    expect(parseSearch("?idPrefix=0042&status=RUNNING")).toEqual({ idPrefix: "0042", status: "RUNNING" });
  });

  it("leaves out what is not set", () => {
    expect(writeSearch({ status: "FAILED", ...filledIn({ idPrefix: "" }), runId: undefined })).toBe(
      "?status=FAILED",
    );
    expect(writeSearch({})).toBe("");
  });

  it("keeps what is empty or given twice, for who reads it to refuse", () => {
    expect(parseSearch("?status=&idPrefix=a&idPrefix=b")).toEqual({ status: "", idPrefix: "a\nb" });
    expect(writeSearch(parseSearch("?status="))).toBe("?status=");
  });

  it("survives any character", () => {
    expect(parseSearch(writeSearch({ startedAfter: "2026-03-01T12:00:00+01:00" }))).toEqual({
      startedAfter: "2026-03-01T12:00:00+01:00",
    });
  });
});
