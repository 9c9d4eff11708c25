// @vitest-environment node
import { describe, expect, it } from "vitest";
import type { HistoryEvent } from "./events";
import { groupsOf, longHistory } from "./fixtures/histories";
import { RunHistory } from "./history";

const value = (event: HistoryEvent) => JSON.parse(event.text) as unknown;

/** A server with these events; `asked` tells what was read of it. */
function serverOf(events: HistoryEvent[]) {
  const asked: [number, number][] = [];
  const read = async (after: number, size: number) => {
    asked.push([after, size]);
    const page = events.slice(after, after + size);
    const nextAfter = after + size < events.length ? after + page.length : null;
    return `{"runId":"r","events":[${page.map((event) => event.text).join(",")}],"nextAfter":${nextAfter}}`;
  };
  return { read, asked };
}

async function settled(history: RunHistory): Promise<void> {
  while (history.loading) await new Promise((resolve) => setTimeout(resolve, 1));
}

const numbers = (history: RunHistory) => history.head.events.map((event) => event.number);
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

describe("RunHistory", () => {
  it("reads a short history in one go", async () => {
    const events = longHistory(30);
    const server = serverOf(events);
    const history = new RunHistory(server.read);
    history.reach(30);
    await settled(history);
    expect(server.asked).toEqual([[0, 1000]]);
    expect(history.isWhole).toBe(true);
    expect(history.head.groups.all).toEqual(groupsOf(events).all);
  });

  it("shows the newest part of a long one first, and ends with one whole", async () => {
    const events = longHistory(3_456);
    const server = serverOf(events);
    const history = new RunHistory(server.read);
    const seen: string[] = [];
    history.watch(() => seen.push(`${history.last} ${history.tail?.groups.last ?? ""} ${history.missing}`));
    history.reach(3_456);
    await settled(history);
    expect(server.asked).toEqual([
      [3_256, 200],
      [0, 1000],
      [1000, 1000],
      [2000, 1000],
      [3000, 256],
    ]);
    expect(seen).toContain("0 3456 3256");
    expect(seen).toContain("1000 3456 2256");
    expect(numbers(history)).toEqual(upTo(3_456));
    expect(history.head.groups.all).toEqual(groupsOf(events).all);
    expect(history.lines.count).toBe(events.reduce((sum, event) => sum + event.lines, 2));
  });

  it("puts new events behind, once, whichever way they come", async () => {
    const events = longHistory(40);
    const history = new RunHistory(serverOf(events).read);
    history.reach(30);
    await settled(history);
    history.append(30, events.slice(30, 35).map(value), false);
    history.append(28, events.slice(28, 36).map(value), false);
    expect(numbers(history)).toEqual(upTo(40).slice(0, numbers(history).length));
    expect(history.last).toBeGreaterThanOrEqual(36);
  });

  it("reads what lies between when new events leave a gap", async () => {
    const events = longHistory(60);
    const server = serverOf(events);
    const history = new RunHistory(serverOf(events.slice(0, 30)).read);
    history.reach(30);
    await settled(history);
    Object.assign(history, { read: server.read });
    history.append(50, events.slice(50, 52).map(value), true);
    await settled(history);
    expect(server.asked[0]).toEqual([30, 1000]);
    expect(numbers(history)).toEqual(upTo(60));
  });

  it("takes what comes while a long one is being read", async () => {
    const events = longHistory(2_500);
    const history = new RunHistory(serverOf(events).read);
    let sent = false;
    history.watch(() => {
      if (sent || history.last < 1_000) return;
      sent = true;
      history.append(2_490, events.slice(2_490).map(value), false);
    });
    history.reach(2_490);
    await settled(history);
    expect(numbers(history)).toEqual(upTo(2_500));
  });

  it("keeps what it has when the server goes away, and goes on when asked to", async () => {
    const events = longHistory(1_800);
    const server = serverOf(events);
    let down = false;
    const history = new RunHistory(async (after, size) => {
      if (down) throw new Error("nobody answers");
      down = after >= 0 && size === 1000;
      return server.read(after, size);
    });
    history.reach(1_800);
    await settled(history);
    expect(history.error).toEqual(new Error("nobody answers"));
    expect([history.last, history.missing]).toEqual([1000, 600]);
    down = false;
    history.retry();
    await settled(history);
    expect(history.error).toBeUndefined();
    expect(numbers(history)).toEqual(upTo(1_800));
  });

  it("asks for less when events are large", async () => {
    const large = longHistory(1_500).map((event) => ({
      ...event,
      text: event.text.replace('"attributes":{', `"attributes":{"pad":"${"x".repeat(8_000)}",`),
    }));
    const server = serverOf(large);
    const history = new RunHistory(server.read);
    history.reach(1_500);
    await settled(history);
    expect(server.asked.slice(2).every(([, size]) => size < 600)).toBe(true);
    expect(numbers(history)).toEqual(upTo(1_500));
  });

  it("ends where there is less than was told", async () => {
    const history = new RunHistory(serverOf(longHistory(5)).read);
    history.reach(9);
    await settled(history);
    expect([history.total, history.isWhole]).toEqual([5, true]);
  });
});
