/** Who of a queue needs an operator: what was found in trouble, of the runs that belong to the queue. Pure. */
import type { Attention, Execution, Finding } from "../../api/types";

export interface Stuck {
  finding: Finding;
  trouble: string;
  run: Execution;
}

export function stuckAmong(attention: Attention, runs: readonly Execution[]): Stuck[] {
  const byRun = new Map(runs.map((run) => [run.runId, run]));
  return attention.troubles.flatMap(({ title, findings }) =>
    findings.flatMap((finding) => {
      const run = finding.runId === null ? undefined : byRun.get(finding.runId);
      return run ? [{ finding, trouble: title, run }] : [];
    }),
  );
}

/** Whether the trouble is listed in full: if not, there may be more of this queue than are shown. */
export function isCut(attention: Attention): boolean {
  return attention.troubles.some(({ found, bounded, findings }) => bounded || found > findings.length);
}
