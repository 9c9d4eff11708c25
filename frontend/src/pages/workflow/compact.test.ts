// @vitest-environment node
import { describe, expect, it } from "vitest";
import { lineOf, linesOf } from "./compact";
import { eventsOf, groupsOf, longHistory, texts } from "./fixtures/histories";

const told = (text: string, turns = false) =>
  linesOf(groupsOf(eventsOf(text)), turns).map((group) => {
    const line = lineOf(group);
    return [line.what, line.name, line.note].filter(Boolean).join(" ");
  });

describe("lineOf", () => {
  it("tells a failed run from its start to its failure", () => {
    expect(told(texts.fails)).toEqual([
      "Workflow started by rest",
      "Sleep for 300 ms",
      "Activity Charge2 CardError: charging the card failed",
      "Workflow failed ActivityError: activity Charge2 failed: CardError: charging the card failed",
    ]);
  });

  it("tells attempts, waits and signals", () => {
    expect(told(texts.retry)[1]).toMatch(/^Activity AlwaysFail attempt 3 · /);
    expect(told(texts.gate)).toEqual([
      "Workflow started by rest",
      "Wait for any signal a signal came",
      "Signal approve by rest",
      "Activity Process",
      "Workflow completed",
    ]);
  });

  it("tells of turns what they wait for, where they are asked for", () => {
    expect(told(texts.mixed, true)).toContain("Turn 1 then waits for 1 step, signal approve");
    expect(told(texts.mixed).some((line) => line.startsWith("Turn"))).toBe(false);
  });
});

describe("linesOf", () => {
  it("has a line for each activity, not for each event", () => {
    expect(linesOf(groupsOf(longHistory(3_001)), false)).toHaveLength(1_001);
  });
});
