/** What can be done to many executions at once, as the API understands it. */
import type { BulkRequest, Execution } from "../../api/types";
import type { IconName } from "../../design/Icon";
import { STATUSES, type Status } from "../../design/status";
import type { Filters } from "./filters";

export type Act = BulkRequest["action"];

interface Meaning {
  name: string;
  icon: IconName;
  /** Of the executions that it can be done to. */
  statuses: readonly Status[];
  /** What will happen, in plain words. */
  consequence: string;
  takesReason: boolean;
  danger: boolean;
}

const CLOSED = STATUSES.filter((status) => status !== "RUNNING");

export const ACTS: Record<Act, Meaning> = {
  signal: {
    name: "Signal",
    icon: "signal",
    statuses: ["RUNNING"],
    consequence:
      "Each that is running gets the signal; one that does not wait for it keeps it until it does.",
    takesReason: true,
    danger: false,
  },
  cancel: {
    name: "Cancel",
    icon: "cancel",
    statuses: ["RUNNING"],
    consequence: "Each that is running is asked to stop; its code may clean up first, and may take its time.",
    takesReason: true,
    danger: false,
  },
  terminate: {
    name: "Terminate",
    icon: "terminate",
    statuses: ["RUNNING"],
    consequence:
      "Each that is running ends at once. Its code hears nothing and cleans up nothing. This cannot be undone.",
    takesReason: true,
    danger: true,
  },
  retry: {
    name: "Retry",
    icon: "retry",
    statuses: CLOSED,
    consequence: "Each that has ended is started anew with the same input, as a new run of the same id.",
    takesReason: true,
    danger: false,
  },
};

export const ALL_ACTS = Object.keys(ACTS) as Act[];

export function canBeDone(act: Act, row: Execution): boolean {
  return ACTS[act].statuses.some((status) => status === row.status);
}

/** Whether it could be done to any execution that the filters leave. */
export function fits(act: Act, filters: Filters): boolean {
  return !filters.status || ACTS[act].statuses.some((status) => status === filters.status);
}

/** Whether the filters leave anything out that it could be done to; if not, the API wants to hear that all are meant. */
export function isRestricted(act: Act, filters: Filters): boolean {
  const { status, ...others } = filters;
  return Object.keys(others).length > 0 || (status !== undefined && ACTS[act].statuses.length > 1);
}

export interface Wish {
  act: Act;
  filters: Filters;
  reason: string;
  signalName: string;
  /** JSON text, or nothing. */
  payload: string;
  everything: boolean;
}

/** The request as text, since the payload must stay as it was written. */
export function bulkText(wish: Wish, dryRun: boolean): string {
  const { act, filters } = wish;
  const members = [`"action":${JSON.stringify(act)}`, `"filters":${JSON.stringify(filters)}`];
  if (!isRestricted(act, filters) && (wish.everything || dryRun)) members.push('"all":true');
  if (dryRun) return `{${[...members, '"dryRun":true'].join()}}`;
  if (wish.reason.trim()) members.push(`"reason":${JSON.stringify(wish.reason.trim())}`);
  if (act === "signal") members.push(`"signalName":${JSON.stringify(wish.signalName.trim())}`);
  if (act === "signal" && wish.payload.trim()) members.push(`"payload":${wish.payload}`);
  return `{${members.join()}}`;
}
