import { describe, expect, it } from "vitest";
import { duration, relative, span } from "./time";

const [S, M, H, D] = [1_000, 60_000, 3_600_000, 86_400_000];

describe("spans", () => {
  it.each([
    [340, "340 ms"],
    [4_230, "4.2 s"],
    [9_990, "9.9 s"],
    [59_999, "59 s"],
    [3 * M + 2 * S, "3 m 02 s"],
    [5 * H + 7 * M, "5 h 07 m"],
    [12 * D + 4 * H, "12 d 4 h"],
    [Number.NaN, "–"],
  ])("of %d ms are %s", (ms, text) => expect(duration(ms)).toBe(text));
});

describe("instants", () => {
  it.each([
    [0, "now"],
    [12 * S, "12 s ago"],
    [-3 * M, "in 3 m"],
    [49 * H, "2 d ago"],
  ])("%d ms before now are %s", (ago, text) => expect(relative(1e12 - ago, 1e12)).toBe(text));
});

describe("round spans", () => {
  it.each([
    [5 * S, "5 s"],
    [M, "1 m"],
    [24 * M, "24 m"],
    [2 * H + 48 * M, "2 h 48 m"],
    [7 * D, "7 d"],
    [0, "0 ms"],
  ])("of %d ms are %s", (ms, text) => expect(span(ms)).toBe(text));
});
