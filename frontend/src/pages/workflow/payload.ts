/** A JSON value as the lines of a viewer: folded where it is long, every digit as it was written. */
import { isLosslessNumber, stringify } from "lossless-json";
import { visible } from "../../design/visible";

export interface PayloadLine {
  /** JSON pointer of the value; what is folded is named by it. */
  path: string;
  depth: number;
  /** Member's name as JSON, or empty. */
  key: string;
  kind: "open" | "close" | "folded" | "string" | "number" | "word";
  /** A token, or of what is folded `{…}`. */
  text: string;
  /** Members or elements; of what can be folded. */
  size: number;
  comma: boolean;
  /** Of what is folded: its first members, so that one of many can be told from another. */
  preview?: string;
}

/** Beyond so many lines, what lies deeper is folded to begin with. */
export const UNFOLDED_MAX = 200;
/** Characters of one string on a line; a copy has all of them. */
export const STRING_MAX = 1_000;
const PREVIEW_MEMBERS = 4;
const PREVIEW_MAX = 80;

interface Value {
  value: unknown;
  path: string;
  depth: number;
  key: string;
  comma: boolean;
}

/** Only what is not folded is looked at, so a large value costs what is shown of it. */
export function payloadLines(
  value: unknown,
  isFolded: (path: string, depth: number) => boolean,
): PayloadLine[] {
  const lines: PayloadLine[] = [];
  write({ value, path: "", depth: 0, key: "", comma: false }, isFolded, lines);
  return lines;
}

/** Depth from which a value begins folded; Infinity where all of it is short. */
export function firstFold(value: unknown): number {
  for (let depth = 1; depth < 8; depth++)
    if (countTo(value, depth, UNFOLDED_MAX) > UNFOLDED_MAX) return Math.max(depth - 1, 1);
  return countTo(value, 500, UNFOLDED_MAX) > UNFOLDED_MAX ? 7 : Number.POSITIVE_INFINITY;
}

/** For the clipboard: laid out, and without loss. */
export function payloadText(value: unknown): string {
  return stringify(value, null, 2) ?? "null";
}

function write(at: Value, isFolded: (path: string, depth: number) => boolean, lines: PayloadLine[]): void {
  const { value, path, depth, key, comma } = at;
  const members = membersOf(value);
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  const line = { path, depth, key, size: members?.length ?? 0, comma };
  if (!members) lines.push({ ...line, ...token(value) });
  else if (members.length === 0) lines.push({ ...line, kind: "word", text: open + close });
  else if (isFolded(path, depth))
    lines.push({ ...line, kind: "folded", text: `${open}…${close}`, preview: previewOf(value, members) });
  else {
    lines.push({ ...line, kind: "open", text: open, comma: false });
    members.forEach(([name, inner], index) => {
      const isList = Array.isArray(value);
      const child = {
        path: `${path}/${escaped(name)}`,
        depth: depth + 1,
        key: isList ? "" : visible(JSON.stringify(name)),
      };
      write({ value: inner, comma: index < members.length - 1, ...child }, isFolded, lines);
    });
    lines.push({ ...line, key: "", kind: "close", text: close });
  }
}

function membersOf(value: unknown): [string, unknown][] | null {
  if (value === null || typeof value !== "object" || isLosslessNumber(value)) return null;
  return Object.entries(value);
}

/** Of each member no more than is shown: what is folded may be large. */
function previewOf(value: unknown, members: [string, unknown][]): string {
  const isList = Array.isArray(value);
  const told = members.slice(0, PREVIEW_MEMBERS).map(([name, inner]) => {
    const nested = membersOf(inner) && (Array.isArray(inner) ? "[…]" : "{…}");
    const text = nested ?? token(typeof inner === "string" ? inner.slice(0, PREVIEW_MAX) : inner).text;
    return isList ? text : `${visible(name)}: ${text}`;
  });
  const text = told.join(", ");
  const all = members.length <= PREVIEW_MEMBERS && text.length <= PREVIEW_MAX;
  return all ? text : `${text.slice(0, PREVIEW_MAX)} …`;
}

function token(value: unknown): { kind: PayloadLine["kind"]; text: string } {
  if (typeof value === "string") return { kind: "string", text: visible(JSON.stringify(value)) };
  if (typeof value === "number" || isLosslessNumber(value)) return { kind: "number", text: String(value) };
  return { kind: "word", text: String(value) };
}

/** Values down to `depth`, not counted beyond `most`. */
function countTo(value: unknown, depth: number, most: number): number {
  const members = depth > 0 ? membersOf(value) : null;
  if (!members) return 1;
  let count = 2;
  for (const [, inner] of members) {
    count += countTo(inner, depth - 1, most);
    if (count > most) break;
  }
  return count;
}

function escaped(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}
