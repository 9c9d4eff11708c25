// @vitest-environment node
import { describe, expect, it } from "vitest";
import { rowsInView, scrollTo, TALLEST } from "./rows";

describe("rowsInView", () => {
  it("has what is in view and a little beyond", () => {
    expect(rowsInView(1000, 20, 2000, 400)).toEqual({ first: 94, end: 126, top: 1880, height: 20_000 });
    expect(rowsInView(3, 20, 0, 400)).toEqual({ first: 0, end: 3, top: 0, height: 60 });
    expect(rowsInView(0, 20, 0, 400)).toEqual({ first: 0, end: 0, top: 0, height: 0 });
  });

  it("reaches the first and the last of more rows than a browser can place", () => {
    const count = 5_000_000;
    expect(rowsInView(count, 20, 0, 400).first).toBe(0);
    const last = rowsInView(count, 20, TALLEST - 400, 400);
    expect([last.end, last.height]).toEqual([count, TALLEST]);
    expect(last.top).toBeLessThan(TALLEST);
  });
});

describe("scrollTo", () => {
  it.each([1_000, 5_000_000])("brings a row of %d into view", (count) => {
    for (const row of [0, 7, Math.floor(count / 2), count - 1]) {
      const { first, end } = rowsInView(count, 20, scrollTo(row, count, 20, 400), 400);
      expect(row).toBeGreaterThanOrEqual(first);
      expect(row).toBeLessThan(end);
    }
  });
});
