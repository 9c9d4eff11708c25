import { describe, expect, it } from "vitest";
import type { Execution, WorkflowPage } from "../../api/types";
import { changeBy, inserted, newRows, removed, replaced, rowsOf } from "./merge";

const row = (second: number, more: Partial<Execution> = {}) =>
  ({
    runId: `run-${second}`,
    workflowId: `w-${second}`,
    startedAt: `2026-01-01T00:00:${String(second).padStart(2, "0")}.000000Z`,
    status: "RUNNING",
    ...more,
  }) as Execution;
const page = (seconds: number[], nextCursor: string | null = null): WorkflowPage => ({
  workflows: seconds.map((second) => row(second)),
  nextCursor,
  payloadsHidden: false,
});
const runs = (pages: WorkflowPage[]) =>
  pages.map((each) => each.workflows.map((one) => one.runId.slice(4)).join(" "));

const pages = [page([50, 40], "a"), page([30, 20], "b")];

describe("what changed", () => {
  it("replaces known rows where they stand", () => {
    const changed = replaced(pages, [row(30, { status: "FAILED" })]);
    expect(rowsOf(changed).map((each) => each.status)).toEqual(["RUNNING", "RUNNING", "FAILED", "RUNNING"]);
    expect(changed[0]).toBe(pages[0]);
  });

  it("takes away what does not fit any more", () => {
    expect(runs(removed(pages, ["run-40", "run-99"]))).toEqual(["50", "30 20"]);
  });

  it("puts new rows where the API would", () => {
    expect(runs(inserted(pages, [row(25), row(60), row(45)]))).toEqual(["60 50 45 40", "30 25 20"]);
  });

  it("leaves rows beyond what was read to their own page", () => {
    expect(newRows(pages, { workflows: [row(10)] })).toEqual([]);
    expect(runs(inserted(pages, [row(10)]))).toEqual(["50 40", "30 20"]);
  });

  it("puts the oldest at the end of a list that was read to its end", () => {
    expect(runs(inserted([page([50])], [row(10)]))).toEqual(["50 10"]);
    expect(runs(inserted([page([])], [row(10)]))).toEqual(["10"]);
  });

  it("tells runs of one instant apart by their ids", () => {
    const at = row(40).startedAt;
    const [a, z] = [row(1, { runId: "run-39a", startedAt: at }), row(2, { runId: "run-41z", startedAt: at })];
    expect(runs(inserted(pages, [a, z]))).toEqual(["50 41z 40", "39a 30 20"]);
  });

  it("puts nothing in twice", () => {
    expect(runs(inserted(pages, [row(40)]))).toEqual(["50 40", "30 20"]);
  });
});

describe("a snapshot", () => {
  it("takes away what it does not have of its own stretch, and nothing older", () => {
    const change = changeBy(pages, page([60, 50, 30], "c"));
    expect(change.gone).toEqual(["run-40"]);
    expect(newRows(pages, change).map((each) => each.runId)).toEqual(["run-60"]);
  });

  it("without a cursor is all there is", () => {
    expect(changeBy(pages, page([40])).gone).toEqual(["run-50", "run-30", "run-20"]);
  });
});
