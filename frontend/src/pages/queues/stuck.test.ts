import { describe, expect, it } from "vitest";
import type { Attention, Execution, Finding } from "../../api/types";
import { isCut, stuckAmong } from "./stuck";

const finding = (runId: string | null): Finding => ({
  runId,
  workflowId: runId,
  taskQueue: null,
  what: "waits",
  advice: "",
  since: null,
});
const found = (findings: Finding[], count = findings.length): Attention => ({
  troubles: [{ kind: "parked", title: "Parked executions", found: count, bounded: false, findings }],
});

describe("stuckAmong", () => {
  it("finds those in trouble that belong to the queue, and no others", () => {
    const runs = [{ runId: "r-1" }, { runId: "r-2" }] as Execution[];
    const stuck = stuckAmong(found([finding("r-2"), finding("r-9"), finding(null)]), runs);
    expect(stuck.map(({ run, trouble }) => [run.runId, trouble])).toEqual([["r-2", "Parked executions"]]);
  });
});

describe("isCut", () => {
  it("tells that not all trouble is listed", () => {
    expect(isCut(found([finding("r-1")]))).toBe(false);
    expect(isCut(found([finding("r-1")], 2))).toBe(true);
  });
});
