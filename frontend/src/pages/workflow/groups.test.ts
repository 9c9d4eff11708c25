// @vitest-environment node
import { describe, expect, it } from "vitest";
import { eventOf, instantOf } from "./events";
import { eventsOf, groupsOf, longHistory, texts } from "./fixtures/histories";
import { Groups } from "./groups";

const told = (groups: Groups) => groups.things.map((group) => `${group.kind} ${group.name} ${group.state}`);

describe("Groups", () => {
  it("makes one group of an activity with its attempts and the pauses between them", () => {
    const activity = groupsOf(eventsOf(texts.retry)).lanes[0];
    expect(activity?.state).toBe("failed");
    expect(activity?.attempt).toBe(3);
    expect(activity?.segments.map((each) => `${each.kind} ${each.attempt} ${each.failed}`)).toEqual([
      "work 1 true",
      "backoff 1 false",
      "work 2 true",
      "backoff 2 false",
      "work 3 true",
    ]);
    const [first, pause, second] = activity?.segments ?? [];
    expect(first?.to).toBe(pause?.from);
    expect(pause?.to).toBe(second?.from);
  });

  it("lets an activity that nobody awaits run on past the end of the run", () => {
    const groups = groupsOf(eventsOf(texts.retry).slice(0, 5));
    expect(told(groups)).toContain("run WorkflowExecutionCompleted done");
    expect(groups.lanes[0]?.state).toBe("retrying");
    expect(groups.lanes[0]?.to).toBeNull();
  });

  it("makes a wait of a turn that names signals and its timer, done when one came", () => {
    const [wait, activity] = groupsOf(eventsOf(texts.gate)).lanes;
    expect([wait?.kind, wait?.name, wait?.state]).toEqual(["wait", "any signal", "done"]);
    expect(wait?.events.map((each) => each.type)).toEqual([
      "WorkflowTaskCompleted",
      "TimerStarted",
      "TimerCanceled",
    ]);
    expect(activity?.kind).toBe("activity");
  });

  it("keeps what is open, with what it waits for", () => {
    const groups = groupsOf(eventsOf(texts.mixed));
    const states = groups.lanes.map((lane) => [lane.kind, lane.name, lane.state]);
    expect(states).toEqual([
      ["wait", "approve", "open"],
      ["activity", "Flaky", "retrying"],
      ["timer", "", "open"],
      ["activity", "Beats", "open"],
      ["activity", "Nobody", "open"],
    ]);
    expect(groups.lanes[2]?.due).toBe((groups.lanes[2]?.from ?? 0) + 18_000_000);
  });

  it("ends timers and waits with the run", () => {
    const events = eventsOf(texts.mixed);
    const number = events.length + 1;
    const end = { number, type: "WorkflowExecutionTerminated", time: "2026-11-27T08:00:00Z", attributes: {} };
    const groups = groupsOf([...events, eventOf(JSON.stringify(end))]);
    expect(groups.lanes.map((lane) => lane.state)).toEqual(Array(5).fill("canceled"));
    expect(groups.lanes.every((lane) => lane.to === Date.parse("2026-11-27T08:00:00Z"))).toBe(true);
  });

  it.each(Object.values(texts))("is the same however the events arrive", (text) => {
    const events = eventsOf(text);
    const whole = groupsOf(events);
    const single = new Groups();
    for (const event of events) single.add([event]);
    expect(single.all).toEqual(whole.all);
    expect(single.length).toBe(events.length);
  });

  it("takes an event that comes twice once", () => {
    const events = eventsOf(texts.saga);
    const groups = groupsOf(events);
    groups.add(events.slice(-3));
    expect(groups.all).toEqual(groupsOf(events).all);
  });

  it("says of what began in a part that was not read that it did", () => {
    const [torn] = groupsOf(eventsOf(texts.retry).slice(4)).lanes;
    expect([torn?.number, torn?.torn, torn?.state]).toEqual([3, true, "failed"]);
  });

  it("shows what newer code wrote, and what cannot be read, in their places", () => {
    const odd = [
      { number: 1, type: "Unknown", time: "2026-03-01T12:00:00Z", attributes: { typeNumber: 99 } },
      { number: 2, type: "Unreadable", time: null, attributes: { problem: "damaged: event 2" } },
    ];
    const groups = groupsOf(odd.map((each) => eventOf(JSON.stringify(each))));
    expect(told(groups)).toEqual(["other Unknown mark", "other Unreadable mark"]);
    expect(groups.to).toBe(Date.parse("2026-03-01T12:00:00Z"));
  });

  it("looks at what is there already no more often when there is more of it", () => {
    const events = longHistory(10_000);
    const looks = (length: number) => {
      const groups = groupsOf(events.slice(0, length));
      const counted = countingLooks(groups);
      groups.add(events.slice(length, length + 100));
      return counted();
    };
    expect(looks(9_700)).toBe(looks(100));
    expect(looks(9_700)).toBeLessThan(10);
  });
});

/** Reads of any member of the groups that are there. */
function countingLooks(groups: Groups): () => number {
  let looks = 0;
  for (const group of groups.all)
    for (const [name, value] of Object.entries(group)) {
      let current: unknown = value;
      const get = () => {
        looks++;
        return current;
      };
      const set = (to: unknown) => {
        current = to;
      };
      Object.defineProperty(group, name, { get, set });
    }
  return () => looks;
}

describe("instantOf", () => {
  it("keeps the microseconds", () => {
    const second = Date.parse("2026-11-27T07:18:43Z");
    expect(instantOf("2026-11-27T07:18:43.236157Z") - second).toBeCloseTo(236.157, 3);
    expect(instantOf("2026-11-27T07:18:43Z")).toBe(second);
    expect(instantOf(null)).toBeNaN();
  });
});
