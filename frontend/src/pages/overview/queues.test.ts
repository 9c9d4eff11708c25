import { describe, expect, it } from "vitest";
import type { TaskQueue } from "../../api/types";
import { inShort } from "./queues";

const queue = (taskQueue: string, more: Partial<TaskQueue> = {}): TaskQueue => ({
  taskQueue,
  kind: "WORKFLOW",
  backlog: 0,
  oldestAgeSeconds: null,
  inFlight: 0,
  workers: 1,
  slots: 100,
  ...more,
});

describe("task queues in short", () => {
  it("are one line for both kinds of task", () => {
    const both = [
      queue("a", { backlog: 2, oldestAgeSeconds: 3 }),
      queue("a", { kind: "ACTIVITY", backlog: 1, oldestAgeSeconds: 9 }),
    ];
    expect(inShort(both).shown).toEqual([{ name: "a", backlog: 3, oldestAgeSeconds: 9, workers: 1 }]);
  });

  it("put first what waits and nobody serves, then the longest wait", () => {
    const all = [
      queue("idle"),
      queue("slow", { backlog: 1, oldestAgeSeconds: 60 }),
      queue("dead", { backlog: 1, oldestAgeSeconds: 1, workers: 0 }),
    ];
    expect(inShort(all).shown.map((each) => each.name)).toEqual(["dead", "slow", "idle"]);
  });

  it("do not take a queue for dead whose workers are of one kind, while the other has no work", () => {
    expect(inShort([queue("a"), queue("a", { kind: "ACTIVITY", workers: 0 })]).shown[0]?.workers).toBe(1);
    expect(
      inShort([queue("a"), queue("a", { kind: "ACTIVITY", workers: 0, backlog: 1 })]).shown[0]?.workers,
    ).toBe(0);
  });

  it("say how many more there are", () => {
    expect(inShort(Array.from({ length: 9 }, (_, at) => queue(`q${at}`))).left).toBe(3);
  });
});
