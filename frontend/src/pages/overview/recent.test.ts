import { describe, expect, it } from "vitest";
import type { Execution } from "../../api/types";
import { RECENT_MAX, withRecent } from "./recent";

const row = (runId: string, startedAt: string, closedAt: string | null = null) =>
  ({ runId, startedAt, closedAt }) as Execution;

describe("the activity rail", () => {
  it("moves a run up when it ends, and shows it once", () => {
    const had = [row("b", "2026-01-01T00:00:02Z"), row("a", "2026-01-01T00:00:01Z")];
    const now = withRecent(had, [row("a", "2026-01-01T00:00:01Z", "2026-01-01T00:00:03Z")]);
    expect(now.map((each) => each.runId)).toEqual(["a", "b"]);
    expect(now[0]?.closedAt).toBe("2026-01-01T00:00:03Z");
  });

  it("keeps no more than it shows", () => {
    const many = Array.from({ length: 100 }, (_, at) =>
      row(`r${at}`, `2026-01-01T00:${String(at % 60).padStart(2, "0")}:00Z`),
    );
    expect(withRecent([], many)).toHaveLength(RECENT_MAX);
  });
});
