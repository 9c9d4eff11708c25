/** Task queues by name, with a line for each kind of task, in an order that does not change while one looks. Pure. */
import type { TaskQueue } from "../../api/types";

export interface Queue {
  name: string;
  lines: readonly TaskQueue[];
  isStuck: boolean;
}

export const KIND_NAMES: Record<TaskQueue["kind"], string> = {
  WORKFLOW: "Workflow tasks",
  ACTIVITY: "Activities",
};

export function byName(queues: readonly TaskQueue[]): Queue[] {
  const lines = new Map<string, TaskQueue[]>();
  for (const each of queues) lines.set(each.taskQueue, [...(lines.get(each.taskQueue) ?? []), each]);
  return [...lines]
    .map(([name, own]) => ({ name, lines: own.sort(workflowsFirst), isStuck: own.some(isUnserved) }))
    .sort((one, other) => one.name.localeCompare(other.name, "en"));
}

const workflowsFirst = (one: TaskQueue, other: TaskQueue) => rank(one) - rank(other);
const rank = (line: TaskQueue) => (line.kind === "WORKFLOW" ? 0 : 1);

/** Work waits, and there is nobody to do it. A kind without work needs no worker. */
export function isUnserved(line: TaskQueue): boolean {
  return line.backlog > 0 && line.workers === 0;
}

export function fitting(queues: readonly Queue[], text: string, stuckOnly: boolean): Queue[] {
  const wanted = text.trim().toLowerCase();
  return queues.filter((queue) => queue.name.toLowerCase().includes(wanted) && (queue.isStuck || !stuckOnly));
}

/** "3 queues, 1 of them without a worker". */
export function summary(queues: readonly Queue[]): string {
  const stuck = queues.filter((queue) => queue.isStuck).length;
  const many = queues.length === 1 ? "1 queue" : `${queues.length} queues`;
  return stuck === 0 ? many : `${many}, in ${stuck} of them work waits for a worker`;
}

/** "12 workflow tasks wait", "One activity waits". */
export function waitingInWords({ kind, backlog }: TaskQueue): string {
  const [one, many] = kind === "WORKFLOW" ? ["workflow task", "workflow tasks"] : ["activity", "activities"];
  return backlog === 1 ? `One ${one} waits` : `${backlog.toLocaleString("en-US")} ${many} wait`;
}
