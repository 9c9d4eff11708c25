/** What to do about a run whose workflow task came back, by the word that its problem begins with. */
const ADVICE: Record<string, { what: string; advice: string }> = {
  NON_DETERMINISTIC: {
    what: "Its code has changed: replaying the history leads elsewhere",
    advice: "Deploy the code that this history was made with, and it goes on by itself; or terminate it.",
  },
  UNKNOWN_TYPE: {
    what: "No worker on its queue knows this workflow type",
    advice: "Start a worker that has this workflow type on this queue; it goes on by itself.",
  },
  WORKER_LOST: {
    what: "Its turn ends the workers that take it",
    advice: "Look at the workers' logs and memory, then deploy a repair; it goes on by itself.",
  },
  ERROR: {
    what: "A worker could not run its code",
    advice: "Look at the worker's log. It is tried again by itself.",
  },
  damaged: {
    what: "What is stored of it cannot be read whole",
    advice: "Run manage.py fsck; docs/operating.md says what it can repair.",
  },
};

export interface Advice {
  what: string;
  advice: string;
  /** What the worker or the database said. */
  said: string;
}

export function adviceFor(problem: string): Advice {
  const word = problem.split(/[:\n]/, 1)[0] ?? "";
  const known = ADVICE[word];
  const said = known ? problem.slice(word.length + 1).trim() : problem;
  return { what: known?.what ?? "It does not go on", advice: known?.advice ?? "", said };
}
