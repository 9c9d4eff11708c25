/** A history folded into what its events belong to: an activity with its attempts, a timer, a wait, a signal, a turn.
 *
 * Events are added in order and each is looked at once: k events more cost O(k), however long the history is. Groups change in
 * place; `version` tells that something did.
 */
import { type HistoryEvent, numberAt, textAt } from "./events";

export type Kind = "run" | "activity" | "timer" | "wait" | "signal" | "turn" | "cancel" | "other";
/** `retrying`: open, and the last attempt failed. `mark`: over when it began. */
export type State = "open" | "retrying" | "done" | "failed" | "canceled" | "mark";

/** A stretch of a group. `to` is null while nobody knows its end. */
export interface Segment {
  kind: "work" | "backoff";
  attempt: number;
  from: number;
  to: number | null;
  failed: boolean;
}

export interface Group {
  /** As URLs name it: a wait and the turn that began it share their first event. */
  readonly id: string;
  /** Of its first event. */
  readonly number: number;
  readonly kind: Kind;
  name: string;
  from: number;
  to: number | null;
  state: State;
  segments: Segment[];
  events: HistoryEvent[];
  /** The attempt under way, or the last one. */
  attempt: number;
  /** When a timer fires, or the next attempt begins. */
  due: number | null;
  /** Its beginning is in a part of the history that was not read yet. */
  torn: boolean;
}

const ENDS: Record<string, State> = {
  ActivityTaskCompleted: "done",
  ActivityTaskFailed: "failed",
  ActivityTaskTimedOut: "failed",
  ActivityTaskCanceled: "canceled",
  TimerFired: "done",
  TimerCanceled: "canceled",
};
const RUN_ENDS: Record<string, State> = {
  WorkflowExecutionCompleted: "done",
  WorkflowExecutionFailed: "failed",
  WorkflowExecutionTimedOut: "failed",
  WorkflowExecutionCanceled: "canceled",
  WorkflowExecutionTerminated: "failed",
};

interface Wait {
  commands: number[];
  signals: string[];
  anySignal: boolean;
  anything: boolean;
}

export class Groups {
  readonly all: Group[] = [];
  /** All but turns: what a reader asks for. */
  readonly things: Group[] = [];
  /** What lasts: bars of a timeline. */
  readonly lanes: Group[] = [];
  readonly turns: Group[] = [];
  readonly signals: Group[] = [];
  version = 0;
  length = 0;
  last = 0;
  /** Instants of the first and the last event. */
  from = Number.NaN;
  to = Number.NaN;
  private readonly open = new Set<Group>();
  private readonly byNumber = new Map<number, Group>();
  private readonly byId = new Map<string, Group>();
  private waiting: { key: string; group: Group; commands: number[] } | undefined;

  add(events: readonly HistoryEvent[]): void {
    for (const event of events) if (event.number > this.last) this.take(event);
    if (events.length > 0) this.version++;
  }

  /** By its id, or by the number of any of its events. */
  find(id: string): Group | undefined {
    return this.byId.get(id) ?? this.byNumber.get(Number(id));
  }

  /** Waits for signals that go on. */
  openWaits(): Group[] {
    return [...this.open].filter((group) => group.kind === "wait");
  }

  private take(event: HistoryEvent): void {
    this.length++;
    this.last = event.number;
    if (!Number.isNaN(event.at)) {
      if (Number.isNaN(this.from)) this.from = event.at;
      this.to = event.at;
    }
    if (event.type === "ActivityTaskScheduled") this.scheduled(event);
    else if (event.type === "TimerStarted") this.timer(event);
    else if (event.type === "ActivityTaskRetryScheduled") this.retry(event);
    else if (event.type in ENDS) this.end(event, ENDS[event.type] as State);
    else if (event.type === "ActivityTaskCancelRequested") this.put(this.of(event, "activity"), event);
    else if (event.type === "WorkflowTaskCompleted") this.turn(event);
    else this.mark(event);
  }

  private scheduled(event: HistoryEvent): void {
    const group = this.begin(event, "activity", textAt(event, "activityType"));
    group.attempt = 1;
    group.segments.push({ kind: "work", attempt: 1, from: event.at, to: null, failed: false });
  }

  private retry(event: HistoryEvent): void {
    const group = this.of(event, "activity");
    const attempt = numberAt(event, "attempt");
    const next = event.at + numberAt(event, "delaySeconds") * 1000;
    close(group, event.at, true);
    group.segments.push({ kind: "backoff", attempt, from: event.at, to: next, failed: false });
    group.segments.push({ kind: "work", attempt: attempt + 1, from: next, to: null, failed: false });
    this.put(group, event);
    group.state = "retrying";
    group.attempt = attempt + 1;
    group.due = next;
  }

  private end(event: HistoryEvent, state: State): void {
    const group = this.of(event, event.type.startsWith("Timer") ? "timer" : "activity");
    this.put(group, event);
    // A wait with a timeout: its timer is canceled when the signal came, and fires when none did.
    if (numberAt(event, "attempt")) group.attempt = numberAt(event, "attempt");
    const isWait = group.kind === "wait";
    this.over(group, event.at, isWait ? (state === "done" ? "failed" : "done") : state, state === "failed");
    if (this.waiting?.group === group) this.waiting = undefined;
  }

  private timer(event: HistoryEvent): void {
    const due = event.at + numberAt(event, "durationSeconds") * 1000;
    const command = numberAt(event, "command");
    if (event.attributes.signalWait && this.waiting?.commands.includes(command)) {
      const { group } = this.waiting;
      this.put(group, event);
      group.due = due;
      return;
    }
    const group = this.begin(event, event.attributes.signalWait ? "wait" : "timer", "");
    group.name = group.kind === "wait" ? "a signal" : "";
    group.due = due;
    group.segments.push({ kind: "work", attempt: 1, from: event.at, to: null, failed: false });
  }

  private turn(event: HistoryEvent): void {
    const wait = event.attributes.wait as Wait | undefined;
    const taken = (event.attributes.signalsTaken as number[] | undefined) ?? [];
    const key = wait ? waitKey(wait) : "";
    const timed = this.waiting?.group.due != null;
    if (this.waiting && (taken.length > 0 || this.waiting.key !== key)) {
      // What has a timer is ended by it: it tells how the wait ended.
      if (!timed) this.over(this.waiting.group, event.at, taken.length > 0 ? "done" : "canceled", false);
      this.waiting = undefined;
    }
    const group = this.begin(event, "turn", `${numberAt(event, "turn")}`);
    group.state = "mark";
    group.to = event.at;
    if (key && wait && !this.waiting) this.await(event, wait, key);
  }

  private await(event: HistoryEvent, wait: Wait, key: string): void {
    const group = fresh(event, "wait", key);
    group.segments.push({ kind: "work", attempt: 1, from: event.at, to: null, failed: false });
    this.place(group);
    this.waiting = { key, group, commands: wait.commands };
  }

  private mark(event: HistoryEvent): void {
    const isSignal = event.type === "SignalReceived";
    const ended = RUN_ENDS[event.type];
    const name = isSignal ? textAt(event, "name") : event.type;
    const group = this.begin(event, isSignal ? "signal" : kindOfMark(event.type), name);
    group.state = ended ?? "mark";
    group.to = event.at;
    if (ended) this.runOver(event);
  }

  /** Timers and waits end with the run; an activity that nobody awaits runs on past a normal end. */
  private runOver(event: HistoryEvent): void {
    const keeps = event.type === "WorkflowExecutionCompleted" || event.type === "WorkflowExecutionFailed";
    for (const group of this.open) {
      if (keeps && group.kind === "activity" && group.events[0]?.attributes.detached !== false) continue;
      this.over(group, event.at, "canceled", false);
    }
    this.waiting = undefined;
  }

  private over(group: Group, at: number, state: State, failed: boolean): void {
    group.state = state;
    group.to = at;
    group.due = null;
    close(group, at, failed);
    this.open.delete(group);
  }

  /** The group that an event names; made up where its beginning was not read. */
  private of(event: HistoryEvent, kind: Kind): Group {
    const number = numberAt(event, "scheduled") || numberAt(event, "started");
    const known = this.byNumber.get(number);
    if (known) return known;
    const group = { ...fresh(event, kind, ""), id: String(number), number, torn: true, events: [] };
    group.segments.push({
      kind: "work",
      attempt: numberAt(event, "attempt"),
      from: event.at,
      to: null,
      failed: false,
    });
    this.keep(group);
    return group;
  }

  private begin(event: HistoryEvent, kind: Kind, name: string): Group {
    const group = fresh(event, kind, name);
    this.keep(group);
    return group;
  }

  private put(group: Group, event: HistoryEvent): void {
    group.events.push(event);
    this.byNumber.set(event.number, group);
  }

  private keep(group: Group): void {
    this.byNumber.set(group.number, group);
    this.place(group);
  }

  private place(group: Group): void {
    this.all.push(group);
    this.byId.set(group.id, group);
    if (group.kind === "turn") this.turns.push(group);
    else this.things.push(group);
    if (group.kind === "signal") this.signals.push(group);
    if (!isBar(group)) return;
    this.lanes.push(group);
    this.open.add(group);
  }
}

function isBar(group: Group): boolean {
  return group.kind === "activity" || group.kind === "timer" || group.kind === "wait";
}

function fresh(event: HistoryEvent, kind: Kind, name: string): Group {
  return {
    id: kind === "wait" ? `w${event.number}` : String(event.number),
    number: event.number,
    kind,
    name,
    from: event.at,
    to: null,
    state: "open",
    segments: [],
    events: [event],
    attempt: 0,
    due: null,
    torn: false,
  };
}

function close(group: Group, at: number, failed: boolean): void {
  const segment = group.segments.at(-1);
  if (!segment) return;
  // It ended in its backoff: the attempt that was to follow never began.
  if (segment.from > at && group.segments.length > 1) {
    group.segments.pop();
    close(group, at, false);
    return;
  }
  segment.to = segment.kind === "backoff" ? Math.min(segment.to ?? at, at) : at;
  segment.failed = failed;
}

function kindOfMark(type: string): Kind {
  if (type === "WorkflowExecutionCancelRequested") return "cancel";
  return type.startsWith("WorkflowExecution") ? "run" : "other";
}

/** Which signals a turn waits for; empty where it waits for none. */
function waitKey(wait: Wait): string {
  if (wait.anySignal || wait.anything) return "any signal";
  return wait.signals.join(" or ");
}
