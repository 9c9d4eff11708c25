import { describe, expect, it } from "vitest";
import type { BulkOperation } from "../../api/types";
import { filtersInWords, isOpen, outcome, pace, progress } from "./operation";

const operation = (some: Partial<BulkOperation> = {}): BulkOperation => ({
  id: 1,
  action: "cancel",
  filters: {},
  reason: "",
  signalName: null,
  requestedBy: null,
  door: "rest",
  state: "RUNNING",
  createdAt: "2026-01-01T00:00:00Z",
  begunAt: null,
  finishedAt: null,
  found: 1_000,
  matched: 250,
  changed: 240,
  skipped: 10,
  failed: 0,
  ratePerSecond: 50,
  secondsLeft: 14.2,
  problem: null,
  ...some,
});

describe("progress", () => {
  it("is of what was found when it was asked for", () => {
    expect(progress(operation())).toEqual({ done: 250, of: 1_000, words: "250 of 1,000" });
  });

  it("never passes its end, though more matched than were found", () => {
    expect(progress(operation({ matched: 1_002 }))).toMatchObject({ done: 1_002, of: 1_002 });
  });

  it("says that there was nobody", () => {
    expect(progress(operation({ state: "DONE", found: 0, matched: 0 })).words).toBe("none matched");
  });

  it("is whole when it is done, though some had gone meanwhile; when it was stopped it is not", () => {
    expect(progress(operation({ state: "DONE", matched: 998 }))).toEqual({
      done: 998,
      of: 998,
      words: "all 998",
    });
    expect(progress(operation({ state: "STOPPED" })).words).toBe("250 of 1,000");
  });
});

describe("words", () => {
  it("tell what was done", () => {
    expect(outcome(operation())).toBe("240 asked to stop, for 10 there was nothing to do");
    expect(outcome(operation({ skipped: 0 }))).toBe("240 asked to stop");
  });

  it("tell the pace while it runs", () => {
    expect(pace(operation())).toBe("50 a second, about 15 s left");
    expect(pace(operation({ ratePerSecond: 0.5, secondsLeft: null }))).toBe("0.5 a second");
    expect([pace(operation({ state: "DONE" })), pace(operation({ ratePerSecond: null }))]).toEqual(["", ""]);
  });

  it("tell whom it is for", () => {
    expect(filtersInWords({ taskQueue: "q", idPrefix: "a-" })).toBe("queue q, id begins with a-");
    expect(filtersInWords({})).toBe("all of them");
  });

  it("tell what can be stopped", () => {
    expect(
      (["WAITING", "RUNNING", "DONE", "STOPPED", "FAILED"] as const).filter((state) =>
        isOpen(operation({ state })),
      ),
    ).toEqual(["WAITING", "RUNNING"]);
  });
});
