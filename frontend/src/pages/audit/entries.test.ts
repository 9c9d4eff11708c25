import { describe, expect, it } from "vitest";
import { detailsOf, type Entry, keysOf, newOnes } from "./entries";
import { filtersOf } from "./filters";

const entry = (at: string, action = "signal"): Entry => ({
  at,
  who: "ada",
  door: "rest",
  action,
  workflowId: "w",
  runId: "r",
  reason: "",
  details: {},
});

describe("keysOf", () => {
  it("gives equal entries keys of their own, which stay when newer ones come in front", () => {
    const before = keysOf([entry("2"), entry("1"), entry("1")]);
    expect(new Set(before).size).toBe(3);
    expect(keysOf([entry("2"), entry("2"), entry("1"), entry("1")]).slice(1)).toEqual(before);
  });
});

describe("newOnes", () => {
  it("are those that are not shown yet, also one that was written late", () => {
    const shown = [entry("3"), entry("1")];
    expect(newOnes([entry("4"), entry("3"), entry("2"), entry("1")], shown)).toEqual([
      entry("4"),
      entry("2"),
    ]);
  });

  it("counts equal ones", () => {
    expect(newOnes([entry("1"), entry("1")], [entry("1")])).toHaveLength(1);
    expect(newOnes([entry("1")], [entry("1"), entry("1")])).toEqual([]);
  });
});

describe("detailsOf", () => {
  it("tells names and values, of objects each member, and leaves out what says nothing or is said already", () => {
    const details = { bulk: 3, filters: { taskQueue: "q", status: "RUNNING" }, none: {}, void: null };
    expect(detailsOf(details)).toEqual([["filters", "taskQueue q, status RUNNING"]]);
  });
});

describe("filtersOf", () => {
  it("takes the names that the API knows, and what is in them without blanks around", () => {
    expect(filtersOf({ who: " ada ", workflowId: "", cursor: "x" })).toEqual({ who: "ada" });
  });
});
