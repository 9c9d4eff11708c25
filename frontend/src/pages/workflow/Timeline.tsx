/** The history as a timeline: a bar for what lasts, ticks for the workflow's turns, marks for signals. Newest on top.
 *
 * The wheel scrolls the rows; with Ctrl or ⌘ it zooms at the pointer, with Shift it moves along. Keys: + and - zoom, 0 shows all,
 * arrow keys to the sides move along. Each has a button, too.
 */
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { Button, IconButton } from "../../design/Button";
import { useNow } from "../../design/clock";
import { Empty } from "../../design/States";
import { duration } from "../../design/time";
import { lineOf } from "./compact";
import { stateWords } from "./GroupMark";
import type { Group } from "./groups";
import type { RunHistory } from "./history";
import { listing } from "./parts";
import { Rows } from "./Rows";
import styles from "./Timeline.module.css";
import { Axis } from "./TimelineAxis";
import { Bars } from "./TimelineBars";
import { panned, type Span, wholeSpan, zoomed } from "./timeline";
import { useWidth } from "./useWidth";

const ROW = 32;
const STEP = 1.6;

interface Props {
  history: RunHistory;
  /** Instants; the end is null while it runs. */
  from: number;
  to: number | null;
  /** Of activities in flight: the attempt under way, by their number. */
  attempts: ReadonlyMap<number, number>;
  selected: string | undefined;
  onSelect(id: string): void;
}

export function Timeline({ history, from, to, attempts, selected, onSelect }: Props) {
  const now = useNow(to !== null);
  const end = Math.max(to ?? now, history.head.groups.to || 0, history.tail?.groups.to || 0);
  const whole = wholeSpan(from, end);
  // null: all of it, growing with the run.
  const [chosen, setChosen] = useState<Span | null>(null);
  const [pointed, setPointed] = useState<Group>();
  const span = chosen ?? whole;
  const root = useRef<HTMLDivElement>(null);
  const [plot, width] = useWidth<HTMLDivElement>();
  const zoom = (factor: number, pivot = 0.5) => {
    const next = zoomed(span, factor, pivot, whole);
    setChosen(next.to - next.from >= whole.to - whole.from ? null : next);
  };
  const pan = (share: number) => chosen && setChosen(panned(chosen, share, whole));
  useWheel(root, plot, zoom, pan);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = {
      "+": () => zoom(1 / STEP),
      "=": () => zoom(1 / STEP),
      "-": () => zoom(STEP),
      "0": () => setChosen(null),
      ArrowLeft: () => pan(-0.2),
      ArrowRight: () => pan(0.2),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  const lanes = listing(history, (groups) => groups.lanes);
  return (
    <div ref={root} className={styles.timeline} onKeyDown={onKeyDown}>
      <div className={styles.bar}>
        <span className={styles.readout}>
          {pointed ? told(pointed, end) : <Legend span={span} whole={whole} />}
        </span>
        <IconButton small icon="left" label="Earlier (←)" disabled={!chosen} onClick={() => pan(-0.4)} />
        <IconButton small icon="right" label="Later (→)" disabled={!chosen} onClick={() => pan(0.4)} />
        <IconButton small icon="minus" label="Zoom out (-)" disabled={!chosen} onClick={() => zoom(STEP)} />
        <IconButton small icon="plus" label="Zoom in (+)" onClick={() => zoom(1 / STEP)} />
        <Button
          small
          className={styles.all}
          title="Show all (0)"
          disabled={!chosen}
          onClick={() => setChosen(null)}
        >
          All
        </Button>
      </div>
      <Rows
        label="Activities, timers and waits, newest first"
        count={lanes.count}
        above={lanes.above}
        rowHeight={ROW}
        headHeight={57}
        selected={lanes.rowOf(selected)}
        onSelect={(row) => {
          const group = lanes.at(row);
          if (group && group !== "missing") onSelect(group.id);
        }}
        head={
          <Axis
            plot={plot}
            width={width}
            span={span}
            history={history}
            origin={from}
            to={to}
            now={now}
            onSelect={onSelect}
          />
        }
        row={(index) => {
          const group = lanes.at(index);
          if (!group) return null;
          if (group === "missing")
            return (
              <span className={styles.missing}>
                {history.missing.toLocaleString()} events are being read …
              </span>
            );
          return (
            <span
              className={styles.row}
              onPointerEnter={() => setPointed(group)}
              onPointerLeave={() => setPointed(undefined)}
            >
              <Label group={group} attempt={attempts.get(group.number) ?? group.attempt} />
              <Bars
                group={group}
                span={span}
                now={to ?? now}
                width={width}
                attempt={attempts.get(group.number) ?? group.attempt}
              />
            </span>
          );
        }}
      />
      {lanes.count === 0 && !history.loading && (
        <Empty title="No activities, timers or waits so far">
          <p>
            What the workflow queues, sleeps for or waits for gets a bar here. Its turns and signals are
            marked above.
          </p>
        </Empty>
      )}
    </div>
  );
}

function Label({ group, attempt }: { group: Group; attempt: number }) {
  const { what, name } = lineOf(group);
  const isNamed = group.kind === "activity";
  return (
    <span className={styles.label} data-kind={group.kind} data-state={group.state} title={`${what} ${name}`}>
      {isNamed ? name : `${what} ${name}`}
      <span className="visually-hidden"> {stateWords(group)}</span>
      {attempt > 1 && <span className={styles.attempts}>×{attempt}</span>}
    </span>
  );
}

function told(group: Group, end: number): string {
  const { what, name, note } = lineOf(group);
  const took = duration((group.to ?? Math.max(end, group.from)) - group.from);
  return [`${what} ${name}`, stateWords(group), took, note].filter(Boolean).join(" · ");
}

function Legend({ span, whole }: { span: Span; whole: Span }) {
  const all = span.to - span.from >= (whole.to - whole.from) * 0.999;
  if (all) return <span className={styles.hint}>Ctrl + wheel zooms</span>;
  return `${duration(span.to - span.from)} in view`;
}

/** React's own wheel listeners cannot keep the page from scrolling. */
function useWheel(
  root: React.RefObject<HTMLDivElement | null>,
  plot: React.RefObject<HTMLDivElement | null>,
  zoom: (factor: number, pivot: number) => void,
  pan: (share: number) => void,
): void {
  const latest = useRef({ zoom, pan });
  useEffect(() => {
    latest.current = { zoom, pan };
  });
  useEffect(() => {
    const element = root.current;
    const onWheel = (event: WheelEvent) => {
      const box = plot.current?.getBoundingClientRect();
      const along = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
      const isZoom = event.ctrlKey || event.metaKey;
      if (!box || !(isZoom || Math.abs(along) > Math.abs(event.shiftKey ? 0 : event.deltaY))) return;
      event.preventDefault();
      const pivot = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
      if (isZoom) latest.current.zoom(Math.exp(Math.max(Math.min(event.deltaY, 60), -60) / 120), pivot);
      else latest.current.pan(along / box.width);
    };
    element?.addEventListener("wheel", onWheel, { passive: false });
    return () => element?.removeEventListener("wheel", onWheel);
  }, [root, plot]);
}
