/** Events of a history as this page keeps them: the text that the server sent, and the few members that drawings need.
 *
 * The text is the truth: JSON views, downloads and payloads are made of it, so numbers stay as they were written. `attributes`
 * is the same parsed by the browser, which is quick and may round big numbers: fit for counters, instants and names.
 */
import { stringify } from "lossless-json";
import { parseKeeping } from "../../design/jsonText";
import { countLines } from "./split";

export interface HistoryEvent {
  readonly number: number;
  readonly type: string;
  /** Milliseconds since the epoch, with the fraction that orders events; NaN where the event cannot be read. */
  readonly at: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** Of `text`, laid out with a line for each member. */
  readonly lines: number;
}

interface Written {
  number: number;
  type: string;
  time: string | null;
  attributes: Record<string, unknown>;
}

export function eventOf(text: string, lines = countLines(text)): HistoryEvent {
  const { number, type, time, attributes } = JSON.parse(text) as Written;
  return { number, type, at: instantOf(time), attributes, text, lines };
}

/** An event that came parsed, over the socket. */
export function eventOfValue(value: unknown): HistoryEvent {
  return eventOf(stringify(value) ?? "null");
}

/** The attributes with every digit of their numbers. */
export function exactAttributes(event: HistoryEvent): Record<string, unknown> {
  return (parseKeeping(event.text) as Written).attributes;
}

/** RFC 3339 with microseconds; `Date` would cut them. */
export function instantOf(time: string | null | undefined): number {
  if (!time) return Number.NaN;
  const fraction = /\.(\d+)/.exec(time);
  if (!fraction) return Date.parse(time);
  return Date.parse(time.replace(fraction[0], "")) + Number(`0.${fraction[1]}`) * 1000;
}

export function numberAt(event: HistoryEvent, name: string): number {
  const value = event.attributes[name];
  return typeof value === "number" ? value : 0;
}

export function textAt(event: HistoryEvent, name: string): string {
  const value = event.attributes[name];
  return typeof value === "string" ? value : "";
}

export interface FailureDocument {
  kind: string;
  type: string;
  message: string | null;
  stackTrace: string | null;
  timeout: string | null;
  nonRetryable: boolean;
  details: unknown;
  cause: FailureDocument | null;
}

export function failureAt(event: HistoryEvent): FailureDocument | null {
  return (event.attributes.failure as FailureDocument | undefined) ?? null;
}
