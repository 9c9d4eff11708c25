/** Keeps a list that is read again and again from jumping under the reader's eyes.
 *
 * What is known stays where it is, what is new comes after it, and what is no longer found stays a while, marked as gone.
 */
import { useEffect, useReducer, useRef } from "react";

/** Long enough to be read. */
const GONE_MS = 6_000;

export interface Still<Row> {
  key: string;
  row: Row;
  /** When it was missed first. */
  goneAt?: number;
}

export function kept<Row>(
  had: readonly Still<Row>[],
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  now: number,
): Still<Row>[] {
  const found = new Map(rows.map((row) => [keyOf(row), row]));
  const before = new Set(had.map(({ key }) => key));
  const known = had.flatMap((each): Still<Row>[] => {
    const row = found.get(each.key);
    if (row !== undefined) return [{ key: each.key, row }];
    const goneAt = each.goneAt ?? now;
    return now - goneAt < GONE_MS ? [{ ...each, goneAt }] : [];
  });
  const fresh = [...found].filter(([key]) => !before.has(key)).map(([key, row]) => ({ key, row }));
  return [...known, ...fresh];
}

/** `rows` undefined: they are not known yet. */
export function useStill<Row>(rows: readonly Row[] | undefined, keyOf: (row: Row) => string): Still<Row>[] {
  const shown = useRef<{ of: readonly Row[] | undefined; at: number; list: Still<Row>[] }>({
    of: undefined,
    at: 0,
    list: [],
  });
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const now = Date.now();
  const leaving = shown.current.list.some((each) => each.goneAt !== undefined);
  if (rows && (rows !== shown.current.of || (leaving && now > shown.current.at)))
    shown.current = { of: rows, at: now, list: kept(shown.current.list, rows, keyOf, now) };
  const { list } = shown.current;
  const isLeaving = list.some((each) => each.goneAt !== undefined);
  useEffect(() => {
    if (!isLeaving) return;
    const timer = setInterval(redraw, GONE_MS / 4);
    return () => clearInterval(timer);
  }, [isLeaving]);
  return list;
}
