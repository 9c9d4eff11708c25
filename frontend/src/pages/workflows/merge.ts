/** What the live subscription tells, merged into the pages that were read: known rows change in their place, new ones stand
 * where the API would put them, those that do not fit any more leave. Pages keep their cursors, so reading on goes on.
 */
import type { Execution, WorkflowPage } from "../../api/types";

export interface Change {
  workflows?: Execution[];
  gone?: string[];
}

/** Newest first, and by run where they began in the same instant: the API's own order. */
export function before(one: Execution, other: Execution): boolean {
  if (one.startedAt !== other.startedAt) return one.startedAt > other.startedAt;
  return one.runId > other.runId;
}

export function rowsOf(pages: readonly WorkflowPage[]): Execution[] {
  return pages.flatMap((page) => page.workflows);
}

/** The rows of `change` that no page has, newest first; rows beyond the last page come with their own. */
export function newRows(pages: readonly WorkflowPage[], change: Change): Execution[] {
  const known = new Set(rowsOf(pages).map((row) => row.runId));
  const last = pages.at(-1);
  const end = last?.nextCursor ? last.workflows.at(-1) : undefined;
  return (change.workflows ?? [])
    .filter((row) => !known.has(row.runId) && (!end || before(row, end)))
    .sort((one, other) => (before(one, other) ? -1 : 1));
}

/** Known rows replaced in place; nothing is added. */
export function replaced(pages: readonly WorkflowPage[], rows: readonly Execution[]): WorkflowPage[] {
  const changed = new Map(rows.map((row) => [row.runId, row]));
  return mapRows(pages, (row) => changed.get(row.runId) ?? row);
}

export function removed(pages: readonly WorkflowPage[], gone: Iterable<string>): WorkflowPage[] {
  const leaving = new Set(gone);
  return mapRows(pages, (row) => (leaving.has(row.runId) ? undefined : row));
}

/** Each row of `rows` before the first that is older. */
export function inserted(pages: readonly WorkflowPage[], rows: readonly Execution[]): WorkflowPage[] {
  const fresh = newRows(pages, { workflows: [...rows] });
  if (fresh.length === 0) return [...pages];
  const grown = pages.map((page) => ({ ...page, workflows: [...page.workflows] }));
  for (const row of fresh) {
    const page = grown.find((each) => each.workflows.some((other) => before(row, other))) ?? grown.at(-1);
    const at = page?.workflows.findIndex((other) => before(row, other)) ?? -1;
    page?.workflows.splice(at < 0 ? page.workflows.length : at, 0, row);
  }
  return grown;
}

/** A snapshot is the truth about its stretch of the list: as a change from what the pages say of that. */
export function changeBy(pages: readonly WorkflowPage[], snapshot: WorkflowPage): Change {
  const there = new Set(snapshot.workflows.map((row) => row.runId));
  const end = snapshot.nextCursor ? snapshot.workflows.at(-1) : undefined;
  const covered = rowsOf(pages).filter((row) => !end || before(row, end) || row.runId === end.runId);
  return {
    workflows: snapshot.workflows,
    gone: covered.filter((row) => !there.has(row.runId)).map((row) => row.runId),
  };
}

function mapRows(
  pages: readonly WorkflowPage[],
  change: (row: Execution) => Execution | undefined,
): WorkflowPage[] {
  return pages.map((page) => {
    const workflows = page.workflows.map(change).filter((row) => row !== undefined);
    const same =
      workflows.length === page.workflows.length && workflows.every((row, at) => row === page.workflows[at]);
    return same ? page : { ...page, workflows };
  });
}
