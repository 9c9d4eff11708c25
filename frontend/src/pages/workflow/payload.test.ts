// @vitest-environment node
import { describe, expect, it } from "vitest";
import { readJson } from "../../api/json";
import { firstFold, payloadLines, payloadText } from "./payload";

const never = () => false;
const laid = (value: unknown, isFolded: (path: string, depth: number) => boolean = never) =>
  payloadLines(value, isFolded).map(
    (line) => `${"  ".repeat(line.depth)}${line.key && `${line.key}: `}${line.text}${line.comma ? "," : ""}`,
  );

describe("payloadLines", () => {
  it("lays a value out as JSON is", () => {
    const value = { a: [1, "x", null, true, {}, []], "b/c": { d: 'q"' } };
    expect(laid(value).join("\n")).toBe(JSON.stringify(value, null, 2));
    expect(payloadLines(value, never).map((line) => line.path)).toContain("/b~1c/d");
  });

  it("keeps every digit of numbers", () => {
    const value = readJson('{"big":12345678901234567890,"small":0.1234567890123456789012}');
    expect(laid(value)).toContain('  "big": 12345678901234567890,');
    expect(payloadText(value)).toContain("0.1234567890123456789012");
  });

  it("shows what is folded as one line, with how much it holds", () => {
    const [, folded] = payloadLines({ list: [1, 2, 3] }, (path) => path === "/list");
    expect([folded?.kind, folded?.text, folded?.size]).toEqual(["folded", "[…]", 3]);
  });

  it("tells one folded value from another by its first members", () => {
    const previews = (value: unknown) => payloadLines(value, (_, depth) => depth === 1)[1]?.preview;
    expect(previews([{ sku: "S-1", count: 2, more: { a: 1 } }])).toBe('sku: "S-1", count: 2, more: {…}');
    expect(previews([[1, [2], "x"]])).toBe('1, […], "x"');
    expect(previews([[1, 2, 3, 4, 5]])).toBe("1, 2, 3, 4 …");
    expect(previews([["long".repeat(100)]])?.length).toBeLessThan(90);
  });
});

describe("firstFold", () => {
  it("leaves short values open, and folds long ones where they get long", () => {
    expect(firstFold({ a: [1, 2] })).toBe(Number.POSITIVE_INFINITY);
    const rows = Array.from({ length: 150 }, (_, id) => ({ id, name: "x" }));
    expect(firstFold({ rows })).toBe(2);
    const lines = payloadLines({ rows }, (_, depth) => depth >= firstFold({ rows }));
    expect(lines).toHaveLength(154);
  });

  it("shows what would not be seen, and copies it exactly", () => {
    const value = { "a\u202e": "\u2066x\u0085" };
    const shown = payloadLines(value, () => false).map((line) => line.key + line.text);
    expect(shown).toEqual(["{", '"a\\u202e""\\u2066x\\u0085"', "}"]);
    expect(payloadText(value)).toBe('{\n  "a\u202e": "\u2066x\u0085"\n}');
  });
});
