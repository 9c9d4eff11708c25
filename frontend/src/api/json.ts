/** JSON of the API as values. Numbers of the API's own are numbers; those in payloads stay as they were written: 1.10 is what
 * somebody wrote, and 1.1 would not be. */
import { isLosslessNumber, isSafeNumber, LosslessNumber, parse } from "lossless-json";

/** Members that hold what users of the API wrote, wherever they stand. */
const PAYLOADS = new Set([
  "input",
  "result",
  "payload",
  "memo",
  "searchAttributes",
  "details",
  "heartbeatDetails",
]);

export function readJson(text: string): unknown {
  return reckonable(parse(text, null, { parseNumber: asWritten }));
}

function asWritten(digits: string): number | LosslessNumber {
  const number = Number(digits);
  return String(number) === digits ? number : new LosslessNumber(digits);
}

/** What a double holds becomes one, but for payloads. */
function reckonable(value: unknown): unknown {
  if (isLosslessNumber(value)) return isSafeNumber(value.value) ? Number(value.value) : value;
  if (typeof value !== "object" || value === null) return value;
  const members = value as Record<string, unknown>;
  for (const [name, inner] of Object.entries(members))
    if (typeof inner === "object" && !PAYLOADS.has(name)) members[name] = reckonable(inner);
  return value;
}
