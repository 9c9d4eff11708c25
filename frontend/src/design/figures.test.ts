import { describe, expect, it } from "vitest";
import { figure, percent } from "./figures";

describe("figures", () => {
  it("are whole where they were counted", () => {
    expect(figure(1234567)).toBe("1,234,567");
    expect(figure(42, true)).toBe("42");
  });

  it("say that they are scaled from a sample", () => expect(figure(1234567, true)).toBe("~1.23M"));

  it("of parts have a digit after the point while they are small", () => {
    expect([percent(0, 10), percent(4, 1000), percent(1, 8), percent(0, 0)]).toEqual([
      "0 %",
      "0.4 %",
      "13 %",
      "–",
    ]);
  });
});
