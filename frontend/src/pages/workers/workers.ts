/** Workers by identity: a process serves a queue with a line for each kind of task. Pure. */
import type { Worker } from "../../api/types";

export interface Process {
  identity: string;
  lines: readonly Worker[];
}

export function byIdentity(workers: readonly Worker[]): Process[] {
  const lines = new Map<string, Worker[]>();
  for (const each of workers) lines.set(each.identity, [...(lines.get(each.identity) ?? []), each]);
  return [...lines]
    .map(([identity, own]) => ({ identity, lines: own.sort(inOrder) }))
    .sort((one, other) => one.identity.localeCompare(other.identity, "en", { numeric: true }));
}

function inOrder(one: Worker, other: Worker): number {
  return (
    one.taskQueue.localeCompare(other.taskQueue, "en") ||
    rank(one) - rank(other) ||
    one.engine.localeCompare(other.engine, "en")
  );
}

const rank = (worker: Worker) => (worker.kind === "WORKFLOW" ? 0 : 1);

/** One process may be connected to several engines. */
export function lineKey(worker: Worker): string {
  return [worker.taskQueue, worker.kind, worker.engine, worker.connectedAt].join("|");
}

export interface WorkerFilters {
  q?: string | undefined;
  taskQueue?: string | undefined;
  kind?: string | undefined;
}

/** `q`: a part of the identity, of a type that is registered, or of the build. */
export function fitting(workers: readonly Worker[], { q, taskQueue, kind }: WorkerFilters): Worker[] {
  const wanted = q?.trim().toLowerCase() ?? "";
  return workers.filter(
    (worker) =>
      (!taskQueue || worker.taskQueue === taskQueue) &&
      (!kind || worker.kind === kind) &&
      [worker.identity, worker.build ?? "", ...worker.types].some((text) =>
        text.toLowerCase().includes(wanted),
      ),
  );
}

/** "2 workers, 5 of 400 slots in use". */
export function summary(workers: readonly Worker[]): string {
  const processes = new Set(workers.map(({ identity }) => identity)).size;
  const used = workers.reduce((sum, { inFlight }) => sum + inFlight, 0);
  const slots = workers.reduce((sum, worker) => sum + worker.slots, 0);
  const many = processes === 1 ? "1 worker" : `${processes.toLocaleString("en-US")} workers`;
  return `${many}, ${used.toLocaleString("en-US")} of ${slots.toLocaleString("en-US")} slots in use`;
}

/** "98 free", for a bar. */
export function slotsInWords({ inFlight, slots }: Worker): string {
  return `${inFlight.toLocaleString("en-US")} used, ${Math.max(0, slots - inFlight).toLocaleString("en-US")} free`;
}
