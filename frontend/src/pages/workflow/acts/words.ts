/** What acts are called, what they will do, and what is told when they were done. */
import type { Retried, Steered } from "../../../api/types";
import type { ActName, Target } from "./acts";

export const TITLES: Record<ActName, { title: string; button: string }> = {
  signal: { title: "Send a signal", button: "Send signal" },
  cancel: { title: "Cancel this workflow?", button: "Ask it to stop" },
  terminate: { title: "Terminate this workflow?", button: "Terminate" },
  retry: { title: "Run this workflow again?", button: "Start a new run" },
};

export const CONSEQUENCES: Record<ActName, readonly string[]> = {
  signal: [
    "The workflow gets the signal in its next turn; if it does not wait for one, it is kept for later.",
  ],
  cancel: [
    "The workflow is told to stop where it waits now. Its code may clean up first, so it can take a while.",
    "Activities that it waits for are told to stop, too.",
  ],
  terminate: [
    "It ends at once. Its code is not asked, so nothing is cleaned up or undone.",
    "Its activities are given up: one that runs is told so at its next heartbeat, what it did stays done.",
    "This cannot be taken back. To let it clean up, cancel it instead.",
  ],
  retry: [
    "A new run of the same id begins from the start, with the same input, queue and timeout.",
    "What this run did is not undone: its activities will be done again.",
    "This run and its history stay as they are.",
  ],
};

interface Told {
  tone: "done" | "failed";
  title: string;
  detail?: string;
}

/** Accepted is not decided: the engine does it a moment later. */
export function toldOf(act: ActName, target: Target, done: Steered | Retried): Told {
  const id = target.workflowId;
  if ("retryOfRunId" in done) return { tone: "done", title: "A new run has begun", detail: id };
  if (done.changed) {
    const titles = {
      signal: "Signal sent",
      cancel: "It was asked to stop",
      terminate: "It is being terminated",
      retry: "",
    };
    return { tone: "done", title: titles[act], detail: id };
  }
  if (done.status !== "RUNNING")
    return {
      tone: "failed",
      title: "Nothing was changed",
      detail: `${id} had ended: ${done.status.toLowerCase()}.`,
    };
  return { tone: "done", title: "That was asked for already", detail: id };
}
