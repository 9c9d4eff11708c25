import { describe, expect, it } from "vitest";
import { faultOf, laidOut } from "./jsonText";

describe("JSON that people write", () => {
  it("is told where it is wrong", () => {
    expect(faultOf('{\n  "a": 1,\n  b\n}')).toMatchObject({ line: 3, column: 3 });
    expect(faultOf('{"a": 1')).toMatchObject({ line: 1, column: 8 });
    expect(faultOf("[NaN]")).toMatchObject({ line: 1, column: 2 });
  });

  it("has no fault where it is right", () => {
    expect(faultOf(' {"a": [1, null, "x"]} ')).toBeUndefined();
  });

  it("is laid out with numbers as they were written", () => {
    expect(laidOut('{"n":12345678901234567890,"x":1.50}')).toBe(
      '{\n  "n": 12345678901234567890,\n  "x": 1.50\n}',
    );
  });

  it("is left alone where it is none", () => {
    expect(laidOut("{oops")).toBe("{oops");
  });

  it("refuses a key that occurs twice, as the server does", () => {
    expect(faultOf('{"a":1,"a":2}')?.rule).toContain("Duplicate");
  });
});
