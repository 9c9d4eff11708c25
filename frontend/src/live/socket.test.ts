import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LiveSocket } from "./socket";

/** The browser's edge: what a WebSocket does, done by the test. */
class FakeSocket {
  static all: FakeSocket[] = [];
  readyState = 0;
  sent: unknown[] = [];
  onopen?: () => void;
  onclose?: (event: { code: number }) => void;
  onmessage?: (event: { data: string }) => void;

  constructor() {
    FakeSocket.all.push(this);
  }
  send(text: string) {
    this.sent.push(JSON.parse(text));
  }
  close() {
    this.readyState = 3;
  }
  opens() {
    this.readyState = 1;
    this.onopen?.();
  }
  closes(code: number) {
    this.readyState = 3;
    this.onclose?.({ code });
  }
  says(message: unknown) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

const latest = () => FakeSocket.all.at(-1) as FakeSocket;
const listener = () => ({ snapshot: vi.fn(), changed: vi.fn(), error: vi.fn() });
const makeUnbegun = () =>
  new LiveSocket(
    () => "ws://x/ws",
    () => new FakeSocket() as unknown as WebSocket,
    () => 1,
  );
const make = () => {
  const socket = makeUnbegun();
  socket.begin();
  return socket;
};

describe("the live socket", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    FakeSocket.all = [];
  });
  afterEach(() => vi.useRealTimers());

  it("waits until it is known who looks", () => {
    const socket = makeUnbegun();
    socket.subscribe("overview", listener());
    expect(FakeSocket.all).toEqual([]);
    socket.begin();
    latest().opens();
    expect(latest().sent).toEqual([{ subscribe: "overview", id: 1 }]);
  });

  it("opens with the first subscription and asks once it is open", () => {
    const socket = make();
    socket.subscribe("overview", listener());
    expect(socket.state).toBe("connecting");
    latest().opens();
    expect(socket.state).toBe("live");
    expect(latest().sent).toEqual([{ subscribe: "overview", id: 1 }]);
  });

  it("hands each message to the subscription that it bears the id of", () => {
    const socket = make();
    const [one, two] = [listener(), listener()];
    socket.subscribe("overview", one);
    socket.subscribe({ workflow: "a" }, two);
    latest().opens();
    latest().says({ id: 2, revision: 1, snapshot: { workflow: {} } });
    latest().says({ id: 1, revision: 2, changed: { counts: {} } });
    latest().says({ id: 1, error: { code: "INVALID" } });
    expect(two.snapshot).toHaveBeenCalledWith({ workflow: {} });
    expect(one.changed).toHaveBeenCalledWith({ counts: {} });
    expect(one.error).toHaveBeenCalledWith({ code: "INVALID" });
  });

  it("connects again when lost, later each time, and asks for all again", () => {
    const socket = make();
    socket.subscribe("overview", listener());
    latest().opens();
    latest().closes(1006);
    expect(socket.state).toBe("lost");
    vi.advanceTimersByTime(500);
    latest().closes(1006);
    vi.advanceTimersByTime(999);
    expect(FakeSocket.all).toHaveLength(2);
    vi.advanceTimersByTime(1);
    expect(FakeSocket.all).toHaveLength(3);
    expect(socket.state).toBe("lost");
    latest().opens();
    expect(latest().sent).toEqual([{ subscribe: "overview", id: 1 }]);
    expect(socket.state).toBe("live");
  });

  it("does not try again where credentials ended, until it is told to", () => {
    const socket = make();
    socket.subscribe("overview", listener());
    latest().opens();
    latest().closes(4401);
    vi.advanceTimersByTime(60_000);
    expect(socket.state).toBe("refused");
    expect(FakeSocket.all).toHaveLength(1);
    socket.retry();
    expect(FakeSocket.all).toHaveLength(2);
  });

  it("stays open from one page to the next, and closes when nobody has asked for a while", () => {
    const socket = make();
    const end = socket.subscribe("overview", listener());
    latest().opens();
    end();
    vi.advanceTimersByTime(1_000);
    const endNext = socket.subscribe({ workflow: "a" }, listener());
    vi.advanceTimersByTime(5_000);
    expect(FakeSocket.all).toHaveLength(1);
    expect(latest().sent.slice(1)).toEqual([{ unsubscribe: 1 }, { subscribe: { workflow: "a" }, id: 2 }]);
    endNext();
    vi.advanceTimersByTime(2_000);
    expect(latest().readyState).toBe(3);
    expect(socket.state).toBe("idle");
  });
});
