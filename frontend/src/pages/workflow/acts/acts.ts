/** What can be done to a run: who may, when it makes sense, and the call that does it. */
import { call } from "../../../api/http";
import { pathOf } from "../../../api/queries";
import type { Action, Retried, Steered } from "../../../api/types";
import type { IconName } from "../../../design/Icon";
import { isStatus, STATUS_NAMES } from "../../../design/status";

export type ActName = "signal" | "cancel" | "terminate" | "retry";

export interface Act {
  name: ActName;
  label: string;
  icon: IconName;
  danger?: boolean;
}

export const ACTS: readonly Act[] = [
  { name: "signal", label: "Signal", icon: "signal" },
  { name: "cancel", label: "Cancel", icon: "cancel" },
  { name: "terminate", label: "Terminate", icon: "terminate", danger: true },
  { name: "retry", label: "Retry", icon: "retry" },
];

/** The run that an act is for. `status` null: it is damaged and does not tell. */
export interface Target {
  workflowId: string;
  runId: string;
  status: string | null;
  cancelRequested?: boolean;
}

/** The acts that this caller may do to a run of this status; others are not shown. */
export function actsFor(status: string | null, may: (action: Action) => boolean): Act[] {
  const isOpen = status === "RUNNING";
  return ACTS.filter(({ name }) => may(name) && (name === "retry" ? !isOpen && status !== null : isOpen));
}

/** Why the act cannot be done any more: its run was open when it was asked for, and is not now. */
export function endedMeanwhile(act: ActName, target: Target, status: string | null): string | undefined {
  if (act === "retry" || status === null || status === "RUNNING") return undefined;
  const how = isStatus(status) ? STATUS_NAMES[status].toLowerCase() : status;
  return `This run of ${target.workflowId} has ended meanwhile (${how}): there is nothing left to ${act}.`;
}

export interface Given {
  reason?: string;
  signalName?: string;
  /** JSON text, sent byte for byte; blank: no payload. */
  payload?: string;
}

/** `idempotencyKey`: a second press of the same button does nothing more. */
export function perform(
  name: ActName,
  target: Target,
  given: Given,
  idempotencyKey: string,
): Promise<Steered | Retried> {
  const reason = given.reason?.trim() ?? "";
  const options = { query: { runId: target.runId }, idempotencyKey };
  const path = pathOf(target.workflowId, `/${name}`);
  if (name === "signal") {
    const payload = given.payload?.trim();
    const body = `{"name":${JSON.stringify(given.signalName ?? "")}${payload ? `,"payload":${payload}` : ""}}`;
    return call("POST", path, { ...options, text: body, ...headed(reason) });
  }
  // Of a web page an empty body is refused: it would need no content type, so any page could send it.
  if (name === "retry") return call("POST", path, { ...options, body: {}, ...headed(reason) });
  return call("POST", path, { ...options, body: reason ? { reason } : {} });
}

/** Headers are ASCII; what is written in other letters loses them rather than the whole act. */
function headed(reason: string): { reason?: string } {
  if (!reason) return {};
  return {
    reason: reason
      .normalize("NFKD")
      .replaceAll(/\s+/g, " ")
      .replaceAll(/[^\x20-\x7e]/g, "?"),
  };
}

export const NAME_RULE = "1 to 200 characters of A-Z a-z 0-9 . _ : @ + -";

export function isName(text: string): boolean {
  return /^[A-Za-z0-9._:@+-]{1,200}$/.test(text);
}

/** `crypto.randomUUID` is there over HTTPS and on loopback only. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `page-${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
