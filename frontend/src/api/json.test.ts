import { stringify } from "lossless-json";
import { describe, expect, it } from "vitest";
import { readJson } from "./json";

describe("JSON of the API", () => {
  it("has its own numbers as numbers, however they were written", () => {
    expect(readJson('{"timeout":60.0,"counts":[1,2.50,{"found":1e3}]}')).toEqual({
      timeout: 60,
      counts: [1, 2.5, { found: 1000 }],
    });
  });

  it("keeps payloads as they were written", () => {
    const members =
      '"result":1.10,"memo":{"rate":[0.50,-0,1E3]},"searchAttributes":{"n":12345678901234567890}';
    const text = `{"workflow":{${members}},"events":[{"attributes":{"payload":{"input":2.0}}}]}`;
    expect(stringify(readJson(text))).toBe(text);
  });

  it("keeps what no double holds, wherever it stands", () => {
    expect(stringify(readJson('{"number":9007199254740993}'))).toBe('{"number":9007199254740993}');
  });

  it("is text, words and nothing, too", () => {
    expect(["null", "true", '"1.10"', "1.10"].map(readJson)).toEqual([null, true, "1.10", 1.1]);
  });
});
