/** Bulk operations in words and figures. Pure. */
import type { BulkOperation } from "../../api/types";
import type { Status } from "../../design/status";
import { duration } from "../../design/time";

export type State = BulkOperation["state"];

/** What a state is called, and the status of executions whose colours it has. */
export const STATES: Record<State, { name: string; status?: Status }> = {
  WAITING: { name: "Waits its turn" },
  RUNNING: { name: "Under way", status: "RUNNING" },
  DONE: { name: "Done", status: "COMPLETED" },
  STOPPED: { name: "Stopped", status: "CANCELED" },
  FAILED: { name: "Broken off", status: "FAILED" },
};

export const VERBS: Record<BulkOperation["action"], { title: string; done: string }> = {
  signal: { title: "Signal", done: "signaled" },
  cancel: { title: "Cancel", done: "asked to stop" },
  terminate: { title: "Terminate", done: "terminated" },
  retry: { title: "Retry", done: "begun again" },
};

export function isOpen({ state }: BulkOperation): boolean {
  return state === "WAITING" || state === "RUNNING";
}

const many = (count: number) => count.toLocaleString("en-US");

/** How far it has come. What matched when it was asked for is what it began with; a few may come on top. */
export function progress(operation: BulkOperation): { done: number; of: number; words: string } {
  const { matched, found, state } = operation;
  // All were come to, though some that were found had gone meanwhile.
  const of = state === "DONE" ? matched : Math.max(found, matched);
  if (of === 0) return { done: 0, of, words: "none matched" };
  return {
    done: matched,
    of,
    words: state === "DONE" ? `all ${many(matched)}` : `${many(matched)} of ${many(of)}`,
  };
}

/** "12 asked to stop, 3 had nothing to do, 1 failed". */
export function outcome(operation: BulkOperation): string {
  const { changed, skipped, action } = operation;
  const parts = [`${many(changed)} ${VERBS[action].done}`];
  if (skipped > 0) parts.push(`for ${many(skipped)} there was nothing to do`);
  return parts.join(", ");
}

/** "40 a second, 1 m 20 s left"; empty where nothing can be said. */
export function pace({ ratePerSecond: rate, secondsLeft, state }: BulkOperation): string {
  if (state !== "RUNNING" || rate === null) return "";
  const speed = `${rate < 10 ? rate.toFixed(1) : many(Math.round(rate))} a second`;
  return secondsLeft === null ? speed : `${speed}, about ${duration(Math.ceil(secondsLeft) * 1_000)} left`;
}

const NAMES: Record<string, string> = {
  status: "status",
  workflowName: "type",
  taskQueue: "queue",
  startedAfter: "started after",
  startedBefore: "started before",
  idPrefix: "id begins with",
};

export function filtersInWords(filters: BulkOperation["filters"]): string {
  const words = Object.entries(filters).map(([name, value]) => `${NAMES[name] ?? name} ${value}`);
  return words.length > 0 ? words.join(", ") : "all of them";
}
