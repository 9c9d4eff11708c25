// @vitest-environment node
import { stringify } from "lossless-json";
import { describe, expect, it } from "vitest";
import { parseKeeping } from "../../design/jsonText";
import { eventsOf, longHistory, texts } from "./fixtures/histories";
import { layOut } from "./layout";
import { LineIndex } from "./lines";
import { countLines } from "./split";

describe("layOut", () => {
  it("lays out as JSON.stringify does", () => {
    const value = { a: [1, { b: 'x,{}\\"' }], c: {}, d: [], e: null, f: [[]], "": "\n" };
    expect(layOut(JSON.stringify(value)).join("\n")).toBe(JSON.stringify(value, null, 2));
  });

  it("leaves every token as it was written", () => {
    const text = '{ "n" : [1.10, 1e400,12345678901234567890], "s":"\\u00e9\\/" , "e" : { } }';
    expect(layOut(text)).toEqual([
      "{",
      '  "n": [',
      "    1.10,",
      "    1e400,",
      "    12345678901234567890",
      "  ],",
      '  "s": "\\u00e9\\/",',
      '  "e": {}',
      "}",
    ]);
    expect(layOut(text)).toHaveLength(countLines(text));
  });
});

describe("LineIndex", () => {
  it.each(Object.values(texts))("finds each line of the whole list", (text) => {
    const events = eventsOf(text);
    const index = new LineIndex();
    index.add(events.slice(0, 3));
    index.add(events.slice(3));
    const lines = Array.from({ length: index.count }, (_, line) => index.text(line, events));
    const { events: written } = parseKeeping(text) as { events: unknown };
    expect(lines.join("\n")).toBe(stringify(written, null, 2));
  });

  it("lays out only what is asked for", () => {
    const events = longHistory(3_000);
    const index = new LineIndex();
    index.add(events);
    expect(index.text(index.count - 2, events)).toBe("  }");
    expect(index.text(1, events)).toBe("  {");
  });
});
