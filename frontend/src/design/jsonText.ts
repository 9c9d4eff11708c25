/** JSON as text that people write: where it is wrong, and laid out anew with every number as it was written. */
import { LosslessNumber, parse, stringify } from "lossless-json";

export interface JsonFault {
  line: number;
  column: number;
  rule: string;
}

/** Numbers as they were written: to lay out or to send, never to reckon with. */
export function parseKeeping(text: string): unknown {
  return parse(text, null, { parseNumber: (digits) => new LosslessNumber(digits) });
}

export function faultOf(text: string): JsonFault | undefined {
  try {
    parseKeeping(text);
    return undefined;
  } catch (error) {
    return located(text, error instanceof Error ? error.message : String(error));
  }
}

/** The same value, indented; the text itself where it is not JSON. */
export function laidOut(text: string): string {
  try {
    return stringify(parseKeeping(text), null, 2) ?? text;
  } catch {
    return text;
  }
}

/** The parser names the position in its message: `… at position 12`. */
function located(text: string, message: string): JsonFault {
  const found = message.match(/ at position (\d+)$/);
  const position = found ? Number(found[1]) : text.length;
  const before = text.slice(0, position).split("\n");
  return {
    line: before.length,
    column: (before.at(-1)?.length ?? 0) + 1,
    rule: message.replace(/ at position \d+$/, ""),
  };
}
