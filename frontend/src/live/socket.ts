/** One WebSocket for all subscriptions of a page: opened with the first, closed some time after the last (the next page asks
 * soon), connected again when lost.
 *
 * The server begins each subscription with a snapshot and may send another at any time; so after a lost connection it is
 * enough to subscribe again. Messages: docs/live.md.
 */
import { readJson } from "../api/json";

export type Topic = "overview" | { list: Record<string, string> } | { workflow: string };
/** `idle`: nobody listens, so there is nothing to be connected for. */
export type Connection = "idle" | "connecting" | "live" | "lost" | "refused";

export interface Listener {
  snapshot(document: unknown): void;
  changed(document: unknown): void;
  error?(problem: Refusal): void;
}

export interface Refusal {
  status: number;
  code: string;
  detail: string;
}

interface Subscription {
  topic: Topic;
  listener: Listener;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;
/** From one page to the next there is nobody listening for a moment. */
const LINGER_MS = 2_000;
/** Credentials ended; may not read. To try again would be answered the same. */
const REFUSALS = new Set([4401, 4403]);

export class LiveSocket {
  private socket: WebSocket | undefined;
  private subscriptions = new Map<number, Subscription>();
  private watchers = new Set<() => void>();
  private next = 1;
  private failures = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private lingering: ReturnType<typeof setTimeout> | undefined;
  private current: Connection = "idle";
  private changedAt = Date.now();
  private begun = false;

  constructor(
    private readonly address: () => string,
    private readonly open: (address: string) => WebSocket = (address) => new WebSocket(address),
    private readonly random: () => number = Math.random,
  ) {}

  get state(): Connection {
    return this.current;
  }

  /** When it came into that state (milliseconds of the epoch). */
  get since(): number {
    return this.changedAt;
  }

  /** It is known who looks, so the server will let the connection in. Who subscribed before that waits until then. */
  begin = (): void => {
    this.begun = true;
    if (this.subscriptions.size > 0) this.connect();
  };

  /** Tries at once to connect again: the reader asked for it, or the machine is back on the network. */
  retry = (): void => {
    if (this.subscriptions.size === 0 || this.socket) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.connect();
  };

  /** Told of each change of `state`; answers how to end that. */
  watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  /** Answers how to end it. */
  subscribe(topic: Topic, listener: Listener): () => void {
    const id = this.next++;
    this.subscriptions.set(id, { topic, listener });
    clearTimeout(this.lingering);
    if (this.socket?.readyState === WebSocket.OPEN) this.ask(id, topic);
    else this.connect();
    return () => this.unsubscribe(id);
  }

  private unsubscribe(id: number): void {
    if (!this.subscriptions.delete(id)) return;
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ unsubscribe: id }));
    if (this.subscriptions.size > 0) return;
    clearTimeout(this.lingering);
    this.lingering = setTimeout(() => this.disconnect(), LINGER_MS);
  }

  private connect(): void {
    if (!this.begun || this.socket || this.timer !== undefined) return;
    const socket = this.open(this.address());
    this.socket = socket;
    // What was lost stays so until it is back: "connecting" every few seconds would say less.
    if (this.current === "idle" || this.current === "refused") this.become("connecting");
    socket.onopen = () => {
      this.failures = 0;
      this.become("live");
      for (const [id, { topic }] of this.subscriptions) this.ask(id, topic);
    };
    socket.onmessage = (event) => this.deliver(String(event.data));
    socket.onclose = (event) => this.lost(socket, event.code);
  }

  private disconnect(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const socket = this.socket;
    this.socket = undefined;
    socket?.close();
    this.become("idle");
  }

  private lost(socket: WebSocket, code: number): void {
    if (this.socket !== socket) return;
    this.socket = undefined;
    this.become(REFUSALS.has(code) ? "refused" : "lost");
    if (this.current === "refused") return;
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.failures++);
    this.timer = setTimeout(
      () => {
        this.timer = undefined;
        if (this.subscriptions.size > 0) this.connect();
      },
      wait * (0.5 + this.random() / 2),
    );
  }

  private ask(id: number, topic: Topic): void {
    this.socket?.send(JSON.stringify({ subscribe: topic, id }));
  }

  private deliver(text: string): void {
    const message = readJson(text) as { id: number; snapshot?: unknown; changed?: unknown; error?: Refusal };
    const listener = this.subscriptions.get(message.id)?.listener;
    if (message.snapshot !== undefined) listener?.snapshot(message.snapshot);
    else if (message.changed !== undefined) listener?.changed(message.changed);
    else if (message.error) listener?.error?.(message.error);
  }

  private become(state: Connection): void {
    if (state === this.current) return;
    this.current = state;
    this.changedAt = Date.now();
    for (const watcher of this.watchers) watcher();
  }
}

export const live = new LiveSocket(() => `${location.origin.replace(/^http/, "ws")}/ws`);
