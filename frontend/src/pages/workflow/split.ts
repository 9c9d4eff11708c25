/** A page of a history, as text, into the texts of its events: one pass, no value is built.
 *
 * A page may hold megabytes of payloads; to parse each of its numbers losslessly would stop the page for a tenth of a
 * second. So events are cut out as they stand, and counted how many lines they take when laid out.
 */
export interface Piece {
  text: string;
  lines: number;
}

export interface Page {
  runId: string;
  nextAfter: number | null;
  pieces: Piece[];
}

const QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;
const OPEN_LIST = 91;
const OPEN_OBJECT = 123;
const CLOSE_LIST = 93;
const CLOSE_OBJECT = 125;

/** `{"runId", "events": […], "nextAfter"}`, in any order of its members. */
export function splitPage(text: string): Page {
  const events = memberStart(text, "events");
  const { pieces, end } = piecesOf(text, events);
  const rest = JSON.parse(`${text.slice(0, events)}[]${text.slice(end)}`) as Omit<Page, "pieces">;
  return { runId: rest.runId, nextAfter: rest.nextAfter, pieces };
}

/** How many lines JSON text takes with a line for each member. */
export function countLines(text: string): number {
  return walk(text, 0).lines;
}

/** The elements of the list that begins at `start`, and where it ends. */
function piecesOf(text: string, start: number): { pieces: Piece[]; end: number } {
  const pieces: Piece[] = [];
  let at = skipBlank(text, start + 1);
  while (text.charCodeAt(at) !== CLOSE_LIST) {
    const { end, lines } = walk(text, at);
    pieces.push({ text: text.slice(at, end), lines });
    at = skipBlank(text, end);
    if (text.charCodeAt(at) === COMMA) at = skipBlank(text, at + 1);
    else if (at >= text.length) throw new SyntaxError("the history was cut on its way");
  }
  return { pieces, end: at + 1 };
}

/** From the first character of a value to behind its last. */
function walk(text: string, start: number): { end: number; lines: number } {
  let depth = 0;
  let lines = 1;
  let at = start;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = stringEnd(text, at) - 1;
    else if (code === OPEN_OBJECT || code === OPEN_LIST) {
      depth++;
      if (!closesAt(text, at + 1)) lines += 2;
    } else if (code === CLOSE_OBJECT || code === CLOSE_LIST) {
      if (depth === 0) break;
      depth--;
    } else if (code === COMMA) {
      if (depth === 0) break;
      lines++;
    }
    if (depth === 0 && (code === QUOTE || code === CLOSE_OBJECT || code === CLOSE_LIST))
      return { end: at + 1, lines };
  }
  return { end: at, lines };
}

/** Behind the closing quote. Searching natively is what makes long payloads quick. */
function stringEnd(text: string, start: number): number {
  let at = start;
  do {
    at = text.indexOf('"', at + 1);
    if (at < 0) return text.length;
  } while (isEscaped(text, at));
  return at + 1;
}

function isEscaped(text: string, at: number): boolean {
  let back = at;
  while (text.charCodeAt(back - 1) === BACKSLASH) back--;
  return (at - back) % 2 === 1;
}

function memberStart(text: string, name: string): number {
  let at = skipBlank(text, 0) + 1;
  while (at < text.length) {
    at = skipBlank(text, at);
    const nameEnd = stringEnd(text, at);
    const value = skipBlank(text, text.indexOf(":", nameEnd) + 1);
    if (text.slice(at + 1, nameEnd - 1) === name) return value;
    at = skipBlank(text, walk(text, value).end) + 1;
  }
  throw new SyntaxError(`the answer has no ${name}`);
}

function closesAt(text: string, at: number): boolean {
  const code = text.charCodeAt(skipBlank(text, at));
  return code === CLOSE_OBJECT || code === CLOSE_LIST;
}

function skipBlank(text: string, at: number): number {
  let next = at;
  while (next < text.length && text.charCodeAt(next) <= 32) next++;
  return next;
}
