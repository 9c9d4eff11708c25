import { describe, expect, it } from "vitest";
import { quoted, visible } from "./visible";

describe("text of others", () => {
  it.each([
    ["\u202egnp.exe", "\\u202egnp.exe"],
    ["a\u2066b\u2069", "a\\u2066b\\u2069"],
    ["\u200e\u200f", "\\u200e\\u200f"],
    ["\u3164\u2800\u115f", "\\u3164\\u2800\\u115f"],
    ["a\u{e0041}b", "a\\u{e0041}b"],
    ["\u0000\u001b[31m\u0085", "\\u0000\\u001b[31m\\u0085"],
  ])("shows what would not be seen in %j", (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  it("is left as it is where all of it is seen", () => {
    const text = "schön, 日本, עברית, 👩\u200d💻\n\tnext";
    expect(visible(text)).toBe(text);
  });

  it("is quoted by messages, cut where it is long", () => {
    expect(quoted("FAILD\u202e")).toBe('"FAILD\\u202e"');
    expect(quoted("x".repeat(500))).toBe(`"${"x".repeat(80)}…"`);
  });
});
