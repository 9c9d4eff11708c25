import { describe, expect, it } from "vitest";
import type { Worker } from "../../api/types";
import { byIdentity, fitting, slotsInWords, summary } from "./workers";

const worker = (identity: string, some: Partial<Worker> = {}): Worker => ({
  identity,
  kind: "WORKFLOW",
  taskQueue: "orders",
  types: ["Ship"],
  build: null,
  slots: 10,
  inFlight: 0,
  streaming: false,
  connectedAt: "2026-01-01T00:00:00Z",
  engine: "e-1",
  ...some,
});

describe("byIdentity", () => {
  it("names a process once, in an order that load does not change", () => {
    const found = byIdentity([
      worker("vm:10"),
      worker("vm:9", { kind: "ACTIVITY", inFlight: 9 }),
      worker("vm:9"),
      worker("vm:9", { taskQueue: "a" }),
    ]);
    expect(
      found.map(({ identity, lines }) => [
        identity,
        ...lines.map((each) => `${each.taskQueue} ${each.kind}`),
      ]),
    ).toEqual([
      ["vm:9", "a WORKFLOW", "orders WORKFLOW", "orders ACTIVITY"],
      ["vm:10", "orders WORKFLOW"],
    ]);
  });
});

describe("fitting", () => {
  const all = [worker("vm:1"), worker("vm:2", { kind: "ACTIVITY", types: ["ChargeCard"], taskQueue: "pay" })];
  const found = (filters: Parameters<typeof fitting>[1]) =>
    fitting(all, filters).map(({ identity }) => identity);

  it("finds by a part of identity or type, in any case", () => {
    expect([found({ q: "VM:1" }), found({ q: "charge" }), found({ q: "none" })]).toEqual([
      ["vm:1"],
      ["vm:2"],
      [],
    ]);
  });

  it("narrows by queue and kind, whole names alone", () => {
    expect([found({ taskQueue: "pa" }), found({ taskQueue: "pay" }), found({ kind: "WORKFLOW" })]).toEqual([
      [],
      ["vm:2"],
      ["vm:1"],
    ]);
  });
});

describe("words", () => {
  it("sum up processes, not lines", () => {
    expect(summary([worker("a", { inFlight: 3 }), worker("a", { kind: "ACTIVITY" })])).toBe(
      "1 worker, 3 of 20 slots in use",
    );
  });

  it("never tell of less than no free slots", () => {
    expect(slotsInWords(worker("a", { inFlight: 12 }))).toBe("12 used, 0 free");
  });
});
