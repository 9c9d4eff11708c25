import { describe, expect, it } from "vitest";
import { kept, type Still } from "./still";

const byName = (name: string) => name;
const told = (list: Still<string>[]) =>
  list.map(({ row, goneAt }) => (goneAt === undefined ? row : `-${row}`));

describe("kept", () => {
  it("leaves what is known where it is, and puts what is new after it", () => {
    const first = kept([], ["b", "c"], byName, 0);
    expect(told(kept(first, ["a", "c", "b"], byName, 1))).toEqual(["b", "c", "a"]);
  });

  it("shows what is gone a while longer, in its place, and forgets it then", () => {
    const first = kept([], ["a", "b", "c"], byName, 0);
    const second = kept(first, ["a", "c"], byName, 1_000);
    expect(told(second)).toEqual(["a", "-b", "c"]);
    expect(told(kept(second, ["a", "c"], byName, 6_999))).toEqual(["a", "-b", "c"]);
    expect(told(kept(second, ["a", "c"], byName, 7_000))).toEqual(["a", "c"]);
  });

  it("takes back what comes again, with what is known of it now", () => {
    const named = (row: { name: string; count: number }) => row.name;
    const first = kept([], [{ name: "a", count: 1 }], named, 0);
    const gone = kept(first, [], named, 1);
    expect(kept(gone, [{ name: "a", count: 2 }], named, 2)).toEqual([
      { key: "a", row: { name: "a", count: 2 } },
    ]);
  });

  it("shows a key once, however often it is found", () => {
    expect(told(kept([], ["a", "a"], byName, 0))).toEqual(["a"]);
  });
});
