/** Kinds of trouble in plain words: what each means, and what an operator can do here about one of it. Pure. */
import type { Finding } from "../../api/types";
import type { ActName } from "../workflow/acts/acts";

export interface Kind {
  means: string;
  /** Acts on the run that repair it, or end it; the first is the one that is meant. */
  acts: readonly ActName[];
}

const KINDS: Record<string, Kind> = {
  parked: {
    means:
      "Their next turn cannot be done by the workers that there are. They stand still until it can, and nothing is lost.",
    // Who cannot take a turn cannot take the turn of a cancellation either.
    acts: ["terminate"],
  },
  queues: { means: "Work waits in them, and nobody takes it.", acts: [] },
  failing: {
    means:
      "They have failed twice at least, and are tried again by themselves for as long as their retries allow.",
    acts: ["cancel", "terminate"],
  },
  returned: {
    means: "A worker got them and gave them back undone. They are offered again by themselves.",
    acts: ["cancel", "terminate"],
  },
  overdue: { means: "Their time came ten seconds ago or more, and no engine has fired them.", acts: [] },
  damaged: { means: "What the database holds of them cannot be read.", acts: [] },
  inbox: {
    means: "Signals and other requests to a run that were set aside, since they cannot be read.",
    acts: [],
  },
};

/** A kind that this page was not told of is shown all the same: with what the server says of it. */
export function kindOf(kind: string): Kind {
  return KINDS[kind] ?? { means: "", acts: [] };
}

const FOR_COMMANDS: Record<string, string> = {
  queues:
    "Start a worker that serves the queue, by this line or as yours are deployed. The work begins at once.",
  damaged: "Run the line where the database is: it repairs what can be, and says what it did.",
};

/** The line for a shell that repairs it, where there is one. */
export function commandOf(kind: string, { advice, taskQueue }: Finding): string | undefined {
  if (kind === "queues" && taskQueue && advice.includes("TASK_QUEUE="))
    return `TASK_QUEUE=${taskQueue} python worker.py`;
  if (kind === "damaged" && advice.startsWith("Run manage.py "))
    return `python ${advice.slice("Run ".length)}`;
  return undefined;
}

/** What to do. Where a line for a shell says it for each, the words are the same for all. */
export function adviceOf(kind: string, finding: Finding): string {
  return (commandOf(kind, finding) && FOR_COMMANDS[kind]) || finding.advice;
}
