import { describe, expect, it } from "vitest";
import type { TaskQueue } from "../../api/types";
import { byName, fitting, isUnserved, summary, waitingInWords } from "./queues";

const line = (taskQueue: string, kind: TaskQueue["kind"], backlog = 0, workers = 1): TaskQueue => ({
  taskQueue,
  kind,
  backlog,
  oldestAgeSeconds: backlog > 0 ? 3 : null,
  inFlight: 0,
  workers,
  slots: workers * 10,
});

describe("byName", () => {
  it("puts the kinds of a queue together, workflow tasks first, and orders queues by name whatever waits", () => {
    const queues = byName([line("z", "ACTIVITY", 9), line("a", "ACTIVITY"), line("z", "WORKFLOW")]);
    expect(queues.map(({ name, lines }) => [name, ...lines.map(({ kind }) => kind)])).toEqual([
      ["a", "ACTIVITY"],
      ["z", "WORKFLOW", "ACTIVITY"],
    ]);
  });
});

describe("isUnserved", () => {
  it("is work without a worker; without work no worker is missed", () => {
    expect(isUnserved(line("a", "WORKFLOW", 1, 0))).toBe(true);
    expect(isUnserved(line("a", "WORKFLOW", 1, 1))).toBe(false);
    expect(isUnserved(line("a", "WORKFLOW", 0, 0))).toBe(false);
  });
});

describe("what is shown", () => {
  const queues = byName([line("orders", "WORKFLOW"), line("nightly", "WORKFLOW", 2, 0)]);

  it("is found by a part of the name, in any case, and by being stuck", () => {
    const names = (text: string, stuck: boolean) => fitting(queues, text, stuck).map(({ name }) => name);
    expect(names("ORD", false)).toEqual(["orders"]);
    expect(names("", true)).toEqual(["nightly"]);
    expect(names("orders", true)).toEqual([]);
  });

  it("is told in words, one as one", () => {
    expect(waitingInWords(line("a", "WORKFLOW", 1_200))).toBe("1,200 workflow tasks wait");
    expect(waitingInWords(line("a", "ACTIVITY", 1))).toBe("One activity waits");
  });

  it("is summed up", () => {
    expect(summary(queues)).toBe("2 queues, in 1 of them work waits for a worker");
    expect(summary(fitting(queues, "orders", false))).toBe("1 queue");
  });
});
