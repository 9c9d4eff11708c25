/** What the charts show of `GET /api/stats`: columns of figures, one for each span of time. Pure. */
import type { Series, Window } from "../../api/types";

type Column = (number | null)[];

export interface Charted {
  /** Seconds of the epoch at which the spans begin. */
  at: number[];
  started: Column;
  completed: Column;
  failed: Column;
  otherEnds: Column;
  p50: Column;
  p95: Column;
  /** Of those that ended in the span, in percent; null where none did. */
  failureRate: Column;
  totals: { started: number; ended: number; failed: number };
}

/** The last span is not over: its figures are of a part of it, and would look like a fall. */
export function charted({ buckets, bucketSeconds }: Series, now: number): Charted {
  const over = buckets.filter((bucket) => Date.parse(bucket.at) + bucketSeconds * 1_000 <= now);
  const rates = over.map((bucket) => ({
    ...bucket,
    ended: bucket.completed + bucket.failed + bucket.otherEnds,
  }));
  const sum = (of: (bucket: (typeof rates)[number]) => number) => buckets.length && total(rates, of);
  return {
    at: rates.map((bucket) => Date.parse(bucket.at) / 1_000),
    started: rates.map((bucket) => bucket.started),
    completed: rates.map((bucket) => bucket.completed),
    failed: rates.map((bucket) => bucket.failed),
    otherEnds: rates.map((bucket) => bucket.otherEnds),
    p50: rates.map((bucket) => bucket.p50DurationSeconds),
    p95: rates.map((bucket) => bucket.p95DurationSeconds),
    failureRate: rates.map((bucket) => (bucket.ended ? (100 * bucket.failed) / bucket.ended : null)),
    totals: {
      started: sum((bucket) => bucket.started),
      ended: sum((bucket) => bucket.ended),
      failed: sum((bucket) => bucket.failed),
    },
  };
}

function total<T>(rows: readonly T[], of: (row: T) => number): number {
  return rows.reduce((sum, row) => sum + of(row), 0);
}

export const WINDOWS: readonly { id: Window; label: string; words: string }[] = [
  { id: "5m", label: "5 m", words: "last 5 minutes" },
  { id: "1h", label: "1 h", words: "last hour" },
  { id: "24h", label: "24 h", words: "last 24 hours" },
  { id: "7d", label: "7 d", words: "last 7 days" },
];

export function windowOf(text: string | undefined): Window {
  return WINDOWS.find((each) => each.id === text)?.id ?? "1h";
}
