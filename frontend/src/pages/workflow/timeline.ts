/** Geometry of the timeline: which stretch of time is in view, and where on it things lie. No document, no clock. */
import type { Group, State } from "./groups";

/** Instants in milliseconds; `from` < `to`. */
export interface Span {
  from: number;
  to: number;
}

/** No zoom goes deeper: events have microseconds, a reader has none. */
export const SHORTEST_MS = 1;
const EDGE = 0.02;

/** All of a run: from its first event to its end, or to now. */
export function wholeSpan(from: number, to: number): Span {
  const length = Math.max(to - from, SHORTEST_MS * 10);
  return { from: from - length * EDGE, to: from + length * (1 + EDGE) };
}

/** Zooms by `factor` (under 1: nearer), with the instant at `pivot` (0 to 1 of the span) staying where it is. */
export function zoomed(span: Span, factor: number, pivot: number, whole: Span): Span {
  const longest = whole.to - whole.from;
  const length = Math.min(Math.max((span.to - span.from) * factor, SHORTEST_MS), longest);
  const at = span.from + (span.to - span.from) * pivot;
  return within({ from: at - length * pivot, to: at + length * (1 - pivot) }, whole);
}

export function panned(span: Span, share: number, whole: Span): Span {
  const by = (span.to - span.from) * share;
  return within({ from: span.from + by, to: span.to + by }, whole);
}

function within(span: Span, whole: Span): Span {
  const length = Math.min(span.to - span.from, whole.to - whole.from);
  const from = Math.min(Math.max(span.from, whole.from), whole.to - length);
  return { from, to: from + length };
}

/** Of 0 to 1. */
export function shareOf(at: number, span: Span): number {
  return (at - span.from) / (span.to - span.from);
}

export interface Bar {
  /** Shares of the width, cut to what is in view. */
  x: number;
  width: number;
  /** `many`: several attempts that the history does not tell one by one. */
  look: "work" | "many" | "backoff" | "ahead";
  state: State;
  attempt: number;
}

/** What of a group is in view; an open end lies at `now`, and what is still to come (the next attempt, a timer) is `ahead`.
 *
 * `attempt` is the one under way: a history tells only of the first retries, the pending work of the last one.
 */
export function barsOf(group: Group, span: Span, now: number, attempt = group.attempt): Bar[] {
  const last = group.segments.at(-1);
  const bars: Bar[] = [];
  const add = (from: number, to: number, look: Bar["look"], state: State, attempt: number) => {
    const bar = clipped(from, to, span);
    if (bar) bars.push({ ...bar, look, state, attempt });
  };
  for (const segment of group.segments) {
    const { kind, failed, from } = segment;
    const to = segment.to ?? Math.max(now, from);
    const state = failed
      ? "failed"
      : segment.to === null
        ? "open"
        : group.state === "retrying"
          ? "open"
          : group.state;
    if (kind === "backoff" && to > now && group.to === null) {
      add(from, now, "backoff", state, segment.attempt);
      add(now, to, "ahead", state, segment.attempt);
    } else if (segment.to !== null || from <= now) {
      const isMany = segment === last && kind === "work" && attempt > segment.attempt;
      add(from, to, isMany ? "many" : kind, state, segment.attempt);
    }
  }
  if (group.due !== null && group.kind !== "activity" && group.to === null && group.due > now)
    add(now, group.due, "ahead", "open", 1);
  return bars;
}

function clipped(from: number, to: number, span: Span): { x: number; width: number } | null {
  if (to < span.from || from > span.to) return null;
  const x = Math.max(shareOf(from, span), 0);
  return { x, width: Math.min(shareOf(to, span), 1) - x };
}

/** Where a group out of view lies. */
export function sideOf(group: Group, span: Span, now: number): "before" | "after" | null {
  if (group.from > span.to) return "after";
  return (group.to ?? Math.max(now, group.due ?? now)) < span.from ? "before" : null;
}

const STEPS_MS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 10e3, 15e3, 30e3, 60e3, 120e3, 300e3, 600e3, 900e3,
  1800e3, 3600e3, 7200e3, 10800e3, 21600e3, 43200e3, 86400e3, 172800e3, 604800e3, 1209600e3, 2592000e3,
];

export interface Tick {
  share: number;
  /** Since the run's start. */
  label: string;
}

/** At most `most` ticks at round distances from the run's start. */
export function ticksOf(span: Span, origin: number, most: number): Tick[] {
  const length = span.to - span.from;
  const least = length / Math.max(most, 1);
  const step = STEPS_MS.find((each) => each >= least) ?? Math.ceil(least / 2592000e3) * 2592000e3;
  const ticks: Tick[] = [];
  for (let n = Math.ceil((span.from - origin) / step); origin + n * step <= span.to; n++)
    if (n >= 0) ticks.push({ share: shareOf(origin + n * step, span), label: offsetText(n * step, step) });
  return ticks;
}

/** A distance from the start, in the units that its step needs. */
export function offsetText(ms: number, step: number): string {
  if (ms === 0) return "0";
  if (ms < 1e3) return `${ms} ms`;
  if (step < 1e3) return `${+(ms / 1e3).toFixed(3)} s`;
  const seconds = Math.round(ms / 1e3);
  const parts: [number, string][] = [
    [Math.floor(seconds / 86400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "m"],
    [seconds % 60, "s"],
  ];
  return parts
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(" ");
}

/** Instants as columns of pixels, each once: a thousand marks on one pixel are one. Sorted input, sorted output. */
export function columnsOf(groups: readonly Group[], span: Span, width: number): number[] {
  const columns: number[] = [];
  for (let at = firstFrom(groups, span.from); at < groups.length; at++) {
    const { from } = groups[at] as Group;
    if (from > span.to) break;
    const column = Math.round(shareOf(from, span) * width);
    if (column !== columns.at(-1)) columns.push(column);
  }
  return columns;
}

/** The one nearest to an instant. */
export function nearest(groups: readonly Group[], at: number): Group | undefined {
  const after = firstFrom(groups, at);
  const [left, right] = [groups[after - 1], groups[after]];
  if (!left || !right) return left ?? right;
  return at - left.from <= right.from - at ? left : right;
}

/** The index of the first group that begins at `at` or later. */
function firstFrom(groups: readonly Group[], at: number): number {
  let low = 0;
  let high = groups.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((groups[middle] as Group).from < at) low = middle + 1;
    else high = middle;
  }
  return low;
}
