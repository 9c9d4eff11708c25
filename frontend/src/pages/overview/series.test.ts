import { describe, expect, it } from "vitest";
import type { Series } from "../../api/types";
import { charted, windowOf } from "./series";

const bucket = (second: number, more = {}) => ({
  at: new Date(second * 1_000).toISOString(),
  started: 0,
  completed: 0,
  failed: 0,
  otherEnds: 0,
  meanDurationSeconds: null,
  p50DurationSeconds: null,
  p95DurationSeconds: null,
  ...more,
});
const series: Series = {
  approximate: false,
  window: "5m",
  bucketSeconds: 5,
  buckets: [
    bucket(0, { started: 4, completed: 2, failed: 1, otherEnds: 1, p95DurationSeconds: 0.5 }),
    bucket(5),
    bucket(10, { started: 1 }),
  ],
};

describe("charts", () => {
  it("have a column for each span", () => {
    const { at, started, p95, totals } = charted(series, 15_000);
    expect(at).toEqual([0, 5, 10]);
    expect(started).toEqual([4, 0, 1]);
    expect(p95).toEqual([0.5, null, null]);
    expect(totals).toEqual({ started: 5, ended: 4, failed: 1 });
  });

  it("show no failure rate where nothing ended", () =>
    expect(charted(series, 15_000).failureRate).toEqual([25, null, null]));

  it("leave out the span that is not over", () => expect(charted(series, 14_999).started).toEqual([4, 0]));

  it("are of an hour unless the URL says otherwise", () => {
    expect(windowOf("7d")).toBe("7d");
    expect(windowOf("2y")).toBe("1h");
  });
});
