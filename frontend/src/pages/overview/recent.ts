/** What started or ended last, newest first: one line for each run, which moves up when it ends. Bounded. */
import type { Execution } from "../../api/types";

export const RECENT_MAX = 20;

export function withRecent(had: readonly Execution[], rows: readonly Execution[]): Execution[] {
  const byRun = new Map([...had, ...rows].map((row) => [row.runId, row]));
  return [...byRun.values()]
    .sort((one, other) => (happened(one) < happened(other) ? 1 : -1))
    .slice(0, RECENT_MAX);
}

/** When what the line tells happened. */
export function happened(row: Execution): string {
  return row.closedAt ?? row.startedAt;
}
