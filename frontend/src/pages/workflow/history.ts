/** The history of one run as far as it was read: its newest part first, then from the beginning, page by page.
 *
 * `head` has events 1, 2, 3 … without a gap. While it has not come to what was read first, that is the `tail`; then it is
 * taken into the head. New events are put behind what is there. Work is cut into short tasks, so that the page stays quick.
 */
import { eventOf, eventOfValue, type HistoryEvent } from "./events";
import { Groups } from "./groups";
import { LineIndex } from "./lines";
import { splitPage } from "./split";

export type ReadPage = (after: number, size: number) => Promise<string>;

/** A part without a gap. */
export interface Part {
  groups: Groups;
  events: HistoryEvent[];
}

const PAGE_SIZE = 1_000;
const TAIL_SIZE = 200;
/** Events taken in one task: some milliseconds. */
const AT_ONCE = 250;
/** Characters of a page beyond which the next has fewer events. */
const PAGE_TEXT = 4_000_000;

export class RunHistory {
  readonly head: Part = newPart();
  tail: Part | undefined;
  readonly lines = new LineIndex();
  /** How many events there are, as far as anybody told. */
  total = 0;
  loading = false;
  error: unknown;
  private size = PAGE_SIZE;
  private closed = false;
  private version = 0;
  private readonly watchers = new Set<() => void>();

  constructor(
    private readonly read: ReadPage,
    private readonly pause: () => Promise<void> = nextTask,
  ) {}

  watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  /** Another number after each change. */
  look = (): number => this.version;

  get last(): number {
    return this.head.groups.last;
  }

  /** Events that are not read yet. */
  get missing(): number {
    const until = this.tail ? (this.tail.events[0]?.number ?? 1) - 1 : this.total;
    return Math.max(until - this.last, 0);
  }

  get isWhole(): boolean {
    return !this.tail && this.total > 0 && this.missing === 0;
  }

  find(id: string) {
    return this.head.groups.find(id) ?? this.tail?.groups.find(id);
  }

  /** There are at least so many events: reads those that are missing. */
  reach(total: number): void {
    if (total <= this.total && (this.loading || this.error || this.missing === 0)) return;
    this.total = Math.max(this.total, total);
    void this.load();
  }

  retry(): void {
    void this.load();
  }

  /** Events that came by themselves, the first of them behind `after`. */
  append(after: number, values: readonly unknown[], more: boolean): void {
    const events = values.map(eventOfValue);
    const newest = events.at(-1)?.number ?? after;
    const part = this.tail ?? this.head;
    // With a gap before them they are read again, in order.
    if (after <= part.groups.last) this.put(part, events);
    else if (this.tail) this.tail = undefined;
    this.changed();
    this.reach(Math.max(this.total, newest + (more ? 1 : 0)));
  }

  close(): void {
    this.closed = true;
    this.watchers.clear();
  }

  private async load(): Promise<void> {
    if (this.loading || this.closed) return;
    this.loading = true;
    this.error = undefined;
    this.changed();
    try {
      if (this.last === 0 && !this.tail && this.total > PAGE_SIZE) await this.readTail();
      while (!this.closed && (this.tail || this.missing > 0)) await this.readOn();
    } catch (error) {
      this.error = error;
    }
    this.loading = false;
    this.changed();
  }

  private async readTail(): Promise<void> {
    const part = newPart();
    await this.take(part, await this.read(this.total - TAIL_SIZE, TAIL_SIZE));
    if (part.events.length > 0) this.tail = part;
    this.changed();
  }

  private async readOn(): Promise<void> {
    const size = this.tail ? Math.min(this.size, this.missing) : this.size;
    const text = size > 0 ? await this.read(this.last, size) : "";
    if (text) await this.take(this.head, text);
    if (text.length > PAGE_TEXT) this.size = Math.max(Math.floor((this.size * PAGE_TEXT) / text.length), 1);
    const { tail } = this;
    if (!tail || this.missing > 0) return;
    this.tail = undefined;
    await this.takeEvents(this.head, tail.events);
  }

  private async take(part: Part, text: string): Promise<void> {
    const { pieces } = splitPage(text);
    await this.pause();
    // Less was there than was told: a history that was cut by a repair.
    if (pieces.length === 0) this.total = part.groups.last;
    for (let at = 0; at < pieces.length && !this.closed; at += AT_ONCE) {
      const events = pieces.slice(at, at + AT_ONCE).map((piece) => eventOf(piece.text, piece.lines));
      this.put(part, events);
      this.changed();
      await this.pause();
    }
  }

  private async takeEvents(part: Part, events: readonly HistoryEvent[]): Promise<void> {
    for (let at = 0; at < events.length; at += AT_ONCE) this.put(part, events.slice(at, at + AT_ONCE));
    this.changed();
    await this.pause();
  }

  /** What is there already, and came again by another way, is left out. */
  private put(part: Part, events: readonly HistoryEvent[]): void {
    const fresh = events.filter((event) => event.number > part.groups.last);
    part.groups.add(fresh);
    for (const event of fresh) part.events.push(event);
    if (part === this.head) this.lines.add(fresh);
    this.total = Math.max(this.total, part.groups.last);
  }

  private changed(): void {
    this.version++;
    for (const watcher of this.watchers) watcher();
  }
}

function newPart(): Part {
  return { groups: new Groups(), events: [] };
}

/** Lets the browser draw and hear its reader between two pieces of work. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      channel.port1.close();
      resolve();
    };
    channel.port2.postMessage(undefined);
  });
}
