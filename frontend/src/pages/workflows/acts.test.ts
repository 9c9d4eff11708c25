import { describe, expect, it } from "vitest";
import type { Execution } from "../../api/types";
import { bulkText, canBeDone, fits, isRestricted } from "./acts";

const row = (status: string) => ({ status }) as Execution;
const wish = { filters: {}, reason: "", signalName: "", payload: "", everything: false };

describe("acts on many", () => {
  it("are for running executions, retries for those that have ended", () => {
    expect(canBeDone("cancel", row("RUNNING"))).toBe(true);
    expect(canBeDone("cancel", row("FAILED"))).toBe(false);
    expect(canBeDone("retry", row("FAILED"))).toBe(true);
    expect(fits("terminate", { status: "COMPLETED" })).toBe(false);
    expect(fits("terminate", { taskQueue: "a" })).toBe(true);
  });

  it("know when they are about everything, as the API does", () => {
    expect(isRestricted("cancel", { status: "RUNNING" })).toBe(false);
    expect(isRestricted("retry", { status: "FAILED" })).toBe(true);
    expect(isRestricted("cancel", { idPrefix: "a" })).toBe(true);
    expect(isRestricted("cancel", {})).toBe(false);
  });

  it("are asked for with the payload as it was written", () => {
    const text = bulkText(
      {
        ...wish,
        act: "signal",
        filters: { taskQueue: "a" },
        signalName: "go",
        payload: "12345678901234567890",
      },
      false,
    );
    expect(text).toBe(
      '{"action":"signal","filters":{"taskQueue":"a"},"signalName":"go","payload":12345678901234567890}',
    );
  });

  it("that are about everything say so only when the reader did, or to look", () => {
    expect(bulkText({ ...wish, act: "cancel" }, true)).toBe(
      '{"action":"cancel","filters":{},"all":true,"dryRun":true}',
    );
    expect(bulkText({ ...wish, act: "cancel" }, false)).toBe('{"action":"cancel","filters":{}}');
    expect(bulkText({ ...wish, act: "cancel", everything: true, reason: "over " }, false)).toBe(
      '{"action":"cancel","filters":{},"all":true,"reason":"over"}',
    );
  });
});
