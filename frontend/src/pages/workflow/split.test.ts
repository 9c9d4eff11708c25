// @vitest-environment node
import { describe, expect, it } from "vitest";
import { texts } from "./fixtures/histories";
import { countLines, splitPage } from "./split";

interface Written {
  runId: string;
  events: { number: number }[];
  nextAfter: number | null;
}

describe("splitPage", () => {
  it.each(Object.entries(texts))("cuts the events of %s out as they stand", (_, text) => {
    const page = splitPage(text);
    const written = JSON.parse(text) as Written;
    expect(page.runId).toBe(written.runId);
    expect(page.nextAfter).toBe(written.nextAfter);
    expect(page.pieces.map((piece) => JSON.parse(piece.text))).toEqual(written.events);
    for (const piece of page.pieces) expect(text).toContain(piece.text);
  });

  it.each(Object.values(texts))("counts the lines that each takes when laid out", (text) => {
    for (const { text: each, lines } of splitPage(text).pieces)
      expect(lines).toBe(JSON.stringify(JSON.parse(each), null, 2).split("\n").length);
  });

  it("is not misled by brackets, commas and escaped quotes in strings", () => {
    const value = { a: 'x"]},{[\\', "k]{": ["\\", '\\"', "", "}"], e: [], o: {}, n: [[], [{}]] };
    const page = splitPage(`{"events":[${JSON.stringify(value)}, 7],"runId":"r","nextAfter":2}`);
    expect(page.pieces.map((piece) => piece.text)).toEqual([JSON.stringify(value), "7"]);
    expect(page.pieces[0]?.lines).toBe(JSON.stringify(value, null, 2).split("\n").length);
  });

  it("takes members in any order and blanks between them", () => {
    const page = splitPage(' { "nextAfter" : null ,\n "events" : [ ] , "runId" : "r" } ');
    expect(page).toEqual({ runId: "r", nextAfter: null, pieces: [] });
  });

  it("refuses an answer that was cut on its way", () => {
    expect(() => splitPage('{"runId":"r","events":[{"a":1},{"b"')).toThrow(SyntaxError);
    expect(() => splitPage('{"runId":"r"}')).toThrow("no events");
  });
});

describe("countLines", () => {
  it("counts one for what has no members", () => {
    for (const text of ["1", '"a,b"', "[]", "{ }", "null"]) expect(countLines(text)).toBe(1);
  });
});
