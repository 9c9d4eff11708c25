/** The parts of a history as one list of rows, newest first: the tail, what is missing, the head. */
import type { Group, Groups } from "./groups";
import type { RunHistory } from "./history";

export interface Listing {
  count: number;
  /** Of the rows, those that newer ones push down. */
  above: number;
  at(row: number): Group | "missing" | undefined;
  rowOf(id: string | undefined): number;
}

export function listing(history: RunHistory, pick: (groups: Groups) => readonly Group[]): Listing {
  const head = pick(history.head.groups);
  const tail = history.tail ? pick(history.tail.groups) : [];
  const missing = history.missing > 0 ? 1 : 0;
  // Without a tail what is missing is newer than what is there.
  const gap = history.tail ? tail.length : 0;
  const at = (row: number) => {
    if (row < gap) return tail[tail.length - 1 - row];
    if (missing && row === gap) return "missing" as const;
    return head[head.length - 1 - (row - gap - missing)];
  };
  const count = tail.length + missing + head.length;
  return {
    count,
    above: history.tail ? tail.length : head.length,
    at,
    rowOf: (id) => {
      const group = id === undefined ? undefined : history.find(id);
      if (!group) return -1;
      const inTail = tail.indexOf(group);
      if (inTail >= 0) return tail.length - 1 - inTail;
      const inHead = head.indexOf(group);
      return inHead < 0 ? -1 : gap + missing + head.length - 1 - inHead;
    },
  };
}
