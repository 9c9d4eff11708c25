import { describe, expect, it } from "vitest";
import type { Finding } from "../../api/types";
import { counted, grouped, keyed, told, total } from "./groups";
import { commandOf } from "./kinds";

const finding = (some: Partial<Finding>): Finding => ({
  workflowId: "w",
  runId: "r",
  taskQueue: null,
  what: "",
  advice: "Do it.",
  since: null,
  ...some,
});
const parked = (runId: string, problem: string, deliveries = 3) =>
  finding({ runId, what: `Turn 2 cannot be done, after ${deliveries} deliveries: ${problem}` });

describe("told", () => {
  it("parts what a run has met from what is its own", () => {
    expect(told("Turn 2 cannot be done, after 6 deliveries: UNKNOWN_TYPE: no 'Ship'\nat x.py:1")).toEqual({
      own: "Turn 2, tried 6 times",
      problem: "UNKNOWN_TYPE: no 'Ship'\nat x.py:1",
    });
  });

  it("leaves a sentence that it does not know as it is", () => {
    expect(told("ChargeCard on orders has failed 7 times")).toEqual({
      own: "ChargeCard on orders has failed 7 times",
      problem: "",
    });
  });
});

describe("grouped", () => {
  it("tells once what several have met, however often each was tried", () => {
    const rows = keyed([parked("a", "X: 1"), parked("b", "Y: 2"), parked("c", "X: 1", 9)]);
    const groups = grouped(
      "parked",
      rows.map((row) => ({ key: row.key, row })),
    );
    expect(groups.map(({ problem, rows }) => [problem, ...rows.map(({ key }) => key)])).toEqual([
      ["X: 1", "a#1", "c#1"],
      ["Y: 2", "b#1"],
    ]);
  });
});

describe("keyed", () => {
  it("tells the findings of one run apart, and names queues", () => {
    const keys = keyed([finding({}), finding({}), finding({ runId: null, taskQueue: "q" })]).map(
      ({ key }) => key,
    );
    expect(keys).toEqual(["r#1", "r#2", "q#1"]);
  });
});

describe("commandOf", () => {
  it("is a line that can be run as it stands", () => {
    const queue = finding({
      runId: null,
      taskQueue: "nightly",
      advice: "Start a worker with TASK_QUEUE=nightly.",
    });
    expect(commandOf("queues", queue)).toBe("TASK_QUEUE=nightly python worker.py");
    expect(commandOf("damaged", finding({ advice: "Run manage.py fsck --repair --run-id r" }))).toBe(
      "python manage.py fsck --repair --run-id r",
    );
  });

  it("is none where workers are connected and take nothing", () => {
    expect(
      commandOf("queues", finding({ taskQueue: "q", advice: "Look at the workers' logs" })),
    ).toBeUndefined();
  });
});

describe("counts", () => {
  it("say so when not all were counted", () => {
    const trouble = { kind: "parked", title: "", findings: [], found: 10_000, bounded: true };
    expect(counted(trouble)).toBe("10,000 or more");
    expect(total({ troubles: [trouble, { ...trouble, found: 4, bounded: false }] })).toEqual({
      found: 10_004,
      words: "10,004 or more",
    });
  });
});
