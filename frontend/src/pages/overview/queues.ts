/** Task queues by name, workflow and activity tasks together, those with the longest wait first. */
import type { TaskQueue } from "../../api/types";

const SHOWN = 6;

export interface Short {
  name: string;
  backlog: number;
  oldestAgeSeconds: number | null;
  /** Of the kind that fewest serve: work of a kind that nobody serves stands still. */
  workers: number;
}

export function inShort(queues: readonly TaskQueue[]): { shown: Short[]; left: number } {
  const byName = new Map<string, Short>();
  for (const queue of queues) byName.set(queue.taskQueue, together(byName.get(queue.taskQueue), queue));
  const all = [...byName.values()].sort(
    (one, other) => urgency(other) - urgency(one) || one.name.localeCompare(other.name),
  );
  return { shown: all.slice(0, SHOWN), left: Math.max(0, all.length - SHOWN) };
}

/** A kind without work that nobody serves is no trouble: queues may have workers of one kind alone. */
function together(had: Short | undefined, queue: TaskQueue): Short {
  const ages = [had?.oldestAgeSeconds, queue.oldestAgeSeconds].filter((age) => age != null);
  const counts = queue.workers > 0 || queue.backlog > 0;
  return {
    name: queue.taskQueue,
    backlog: (had?.backlog ?? 0) + queue.backlog,
    oldestAgeSeconds: ages.length > 0 ? Math.max(...ages) : null,
    workers: counts ? Math.min(had?.workers || Number.POSITIVE_INFINITY, queue.workers) : (had?.workers ?? 0),
  };
}

function urgency(queue: Short): number {
  const unserved = queue.workers === 0 && queue.backlog > 0 ? 1e9 : 0;
  return unserved + (queue.oldestAgeSeconds ?? 0) + (queue.backlog > 0 ? 1 : 0);
}
