// @vitest-environment node
import { describe, expect, it } from "vitest";
import { eventsOf, groupsOf, longHistory, texts } from "./fixtures/histories";
import {
  barsOf,
  columnsOf,
  nearest,
  offsetText,
  panned,
  sideOf,
  ticksOf,
  wholeSpan,
  zoomed,
} from "./timeline";

const whole = { from: 0, to: 1000 };

describe("the span in view", () => {
  it("zooms around a point that stays where it is, and never leaves the whole", () => {
    const near = zoomed(whole, 0.5, 0.2, whole);
    expect(near).toEqual({ from: 100, to: 600 });
    expect(zoomed(near, 100, 0.5, whole)).toEqual(whole);
    expect(zoomed(whole, 1e-9, 0.5, whole)).toEqual({ from: 499.5, to: 500.5 });
    expect(panned(near, 9, whole)).toEqual({ from: 500, to: 1000 });
  });

  it("has room even where nothing lasted", () => {
    const { from, to } = wholeSpan(5, 5);
    expect(to).toBeGreaterThan(from);
  });

  it("has ticks at round distances from the start, no more than there is room for", () => {
    const ticks = ticksOf({ from: 90_000, to: 400_000 }, 100_000, 6);
    expect(ticks.map((tick) => tick.label)).toEqual(["0", "1 m", "2 m", "3 m", "4 m", "5 m"]);
    expect(ticksOf({ from: 0, to: 1e12 }, 0, 10).length).toBeLessThanOrEqual(11);
    expect(offsetText(90_061_000, 1000)).toBe("1 d 1 h 1 m 1 s");
    expect(offsetText(1_250, 50)).toBe("1.25 s");
    expect(offsetText(250, 50)).toBe("250 ms");
  });
});

describe("barsOf", () => {
  const groups = groupsOf(eventsOf(texts.mixed));
  const retrying = groups.lanes[1];
  const timer = groups.lanes[2];

  it("draws an open group up to now, and what is to come after it", () => {
    if (!retrying || !timer) throw new Error("the history has both");
    const next = retrying.due ?? 0;
    const now = next - 1_000;
    const span = wholeSpan(groups.from, next + 1_000);
    const looks = barsOf(retrying, span, now).map((bar) => bar.look);
    expect(looks.slice(-2)).toEqual(["backoff", "ahead"]);
    expect(barsOf(timer, span, now).map((bar) => bar.look)).toEqual(["work", "ahead"]);
    expect(barsOf(retrying, span, next + 500).at(-1)?.look).toBe("work");
  });

  it("leaves out what lies beside the span, and says on which side", () => {
    if (!retrying) throw new Error("the history has one");
    expect(barsOf(retrying, { from: 0, to: 1 }, groups.to)).toEqual([]);
    expect(sideOf(retrying, { from: 0, to: 1 }, groups.to)).toBe("after");
    const [over] = groupsOf(eventsOf(texts.retry)).lanes;
    if (!over) throw new Error("the history has one");
    const later = (over.to ?? 0) + 10;
    expect(sideOf(over, { from: later, to: later + 1 }, later)).toBe("before");
  });

  it("cuts bars at the edges of the span", () => {
    const [lane] = groupsOf(eventsOf(texts.report)).lanes;
    if (!lane?.to) throw new Error("the history has one");
    const middle = (lane.from + lane.to) / 2;
    const [bar] = barsOf(lane, { from: middle, to: lane.to + 1_000_000 }, lane.to);
    expect(bar?.x).toBe(0);
    expect(bar?.width).toBeLessThan(0.001);
  });
});

describe("marks", () => {
  it("of thousands are no more than there are columns, in order", () => {
    const groups = groupsOf(longHistory(9_000));
    const columns = columnsOf(groups.turns, wholeSpan(groups.from, groups.to), 300);
    expect(columns.length).toBeLessThanOrEqual(301);
    expect(columns).toEqual([...new Set(columns)].sort((a, b) => a - b));
  });

  it("are found by the nearest instant", () => {
    const { turns } = groupsOf(longHistory(300));
    const third = turns[2];
    expect(nearest(turns, (third?.from ?? 0) + 1)).toBe(third);
    expect(nearest(turns, 0)).toBe(turns[0]);
    expect(nearest([], 0)).toBeUndefined();
  });
});

describe("attempts that the history does not tell", () => {
  it("are one bar of many, up to the one that is under way", () => {
    const [, flaky] = groupsOf(eventsOf(texts.mixed)).lanes;
    if (!flaky?.due) throw new Error("the history has one");
    const now = flaky.due + 100_000;
    const span = wholeSpan(flaky.from, now);
    expect(barsOf(flaky, span, now).at(-1)?.look).toBe("work");
    expect(barsOf(flaky, span, now, flaky.attempt + 14).at(-1)?.look).toBe("many");
  });
});
