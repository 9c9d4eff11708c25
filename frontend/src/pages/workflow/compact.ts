/** The compact list: a line for each thing that a history tells of, in words. */
import { duration } from "../../design/time";
import { visible } from "../../design/visible";
import { type FailureDocument, failureAt, type HistoryEvent, numberAt, textAt } from "./events";
import type { Group, Groups } from "./groups";

export interface Line {
  /** What it is: "Activity", "Sleep", … */
  what: string;
  /** Its name, in the words of the workflow's author. */
  name: string;
  /** How it went; empty where the state says it. */
  note: string;
}

/** The lines of a list, newest last. With `turns` the workflow's own turns, too. */
export function linesOf(groups: Groups, turns: boolean): readonly Group[] {
  return turns ? groups.all : groups.things;
}

/** Names and notes hold what others wrote. */
export function lineOf(group: Group): Line {
  const { what, name, note } = written(group);
  return { what, name: visible(name), note: visible(note) };
}

function written(group: Group): Line {
  const first = group.events[0];
  switch (group.kind) {
    case "activity":
      return { what: "Activity", name: group.name || "began earlier", note: activityNote(group) };
    case "timer":
      return {
        what: "Sleep",
        name: first && !group.torn ? `for ${duration(numberAt(first, "durationSeconds") * 1000)}` : "",
        note: "",
      };
    case "wait":
      return { what: "Wait", name: `for ${group.name}`, note: waitNote(group) };
    case "signal":
      return { what: "Signal", name: group.name, note: by(first) };
    case "turn":
      return { what: "Turn", name: group.name, note: first ? turnNote(first) : "" };
    case "cancel":
      return { what: "Cancellation", name: "requested", note: quoted(first, "reason") || by(first) };
    default:
      return runLine(group, first);
  }
}

const RUN_NAMES: Record<string, string> = {
  WorkflowExecutionStarted: "started",
  WorkflowExecutionCompleted: "completed",
  WorkflowExecutionFailed: "failed",
  WorkflowExecutionTimedOut: "timed out",
  WorkflowExecutionCanceled: "canceled",
  WorkflowExecutionTerminated: "terminated",
};

function runLine(group: Group, event: HistoryEvent | undefined): Line {
  const name = RUN_NAMES[group.name];
  if (!name || !event) return { what: group.name, name: "", note: event ? textAt(event, "problem") : "" };
  const failure = failureAt(event);
  const note = failure ? failureText(failure) : quoted(event, "reason") || by(event);
  return { what: "Workflow", name, note };
}

function activityNote(group: Group): string {
  const last = group.events.at(-1);
  const failure = last && failureAt(last);
  const attempts = group.attempt > 1 ? `attempt ${group.attempt}` : "";
  return [attempts, failure ? failureText(failure) : ""].filter(Boolean).join(" · ");
}

function waitNote(group: Group): string {
  if (group.state === "done") return "a signal came";
  if (group.state === "failed") return "none came in time";
  return group.state === "canceled" ? "no longer waited for" : "";
}

function turnNote(event: HistoryEvent): string {
  const wait = event.attributes.wait as
    | { commands?: number[]; signals?: string[]; anySignal?: boolean }
    | undefined;
  const signals = wait?.anySignal ? ["any signal"] : (wait?.signals ?? []).map((name) => `signal ${name}`);
  const steps = wait?.commands?.length
    ? [`${wait.commands.length} ${wait.commands.length === 1 ? "step" : "steps"}`]
    : [];
  const all = [...steps, ...signals];
  return all.length ? `then waits for ${all.join(", ")}` : "";
}

/** One line of a failure: the messages are hidden from those who may not see payloads. */
export function failureText(failure: FailureDocument): string {
  const type = failure.type || failure.kind.toLowerCase().replaceAll("_", " ");
  return visible(failure.message ? `${type}: ${failure.message}` : type);
}

function by(event: HistoryEvent | undefined): string {
  const who = event && textAt(event, "identity");
  return who ? `by ${who}` : "";
}

function quoted(event: HistoryEvent | undefined, name: string): string {
  const text = event && textAt(event, name);
  return text ? `“${text}”` : "";
}
