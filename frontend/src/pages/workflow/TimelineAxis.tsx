/** The head of the timeline: the time since the start, the run itself with its turns, and the signals that came. */
import { type MouseEvent, type RefObject, useState } from "react";
import { duration } from "../../design/time";
import type { RunHistory } from "./history";
import styles from "./Timeline.module.css";
import { columnsOf, nearest, type Span, shareOf, ticksOf } from "./timeline";

const HEIGHT = 56;
const STRIP = 42;
/** Pixels that a tick's label takes. */
const TICK = 90;

interface Props {
  plot: RefObject<HTMLDivElement | null>;
  width: number;
  span: Span;
  history: RunHistory;
  origin: number;
  to: number | null;
  now: number;
  onSelect(id: string): void;
}

export function Axis({ plot, width, span, history, origin, to, now, onSelect }: Props) {
  const [pointer, setPointer] = useState<number>();
  const parts = history.tail ? [history.head.groups, history.tail.groups] : [history.head.groups];
  const path = (pick: "turns" | "signals", draw: (x: number) => string) =>
    parts.flatMap((part) => columnsOf(part[pick], span, width).map(draw)).join("");
  const x = (at: number) => Math.min(Math.max(shareOf(at, span), 0), 1) * width;
  const select = (event: MouseEvent) => {
    const at = span.from + (position(event, plot) / width) * (span.to - span.from);
    const marks = parts.flatMap((part) => [nearest(part.signals, at), nearest(part.turns, at)]);
    const found = marks
      .filter((each) => each !== undefined)
      .sort((a, b) => Math.abs(a.from - at) - Math.abs(b.from - at));
    if (found[0]) onSelect(found[0].id);
  };
  return (
    <div className={styles.head}>
      <span className={styles.strip} aria-hidden="true">
        Workflow
      </span>
      <div
        ref={plot}
        className={styles.plot}
        onPointerMove={(event) => setPointer(position(event, plot))}
        onPointerLeave={() => setPointer(undefined)}
        onClick={select}
      >
        <svg width={width} height={HEIGHT} className={styles.axis} role="img" aria-label={spoken(history)}>
          {ticksOf(span, origin, width / TICK).map(({ share, label }) => (
            <g key={label} transform={`translate(${share * width} 0)`}>
              <line y1={20} y2={HEIGHT} className={styles.tick} />
              <text y={14} className={styles.tickLabel} textAnchor={share < 0.04 ? "start" : "middle"}>
                {label}
              </text>
            </g>
          ))}
          <line
            x1={x(origin)}
            x2={x(to ?? now)}
            y1={STRIP}
            y2={STRIP}
            className={styles.run}
            data-open={to === null || undefined}
          />
          <path d={path("turns", (at) => `M${at} ${STRIP - 5}v10`)} className={styles.turns} />
          <path
            d={path("signals", (at) => `M${at} ${STRIP - 5}l5 5l-5 5l-5 -5z`)}
            className={styles.signals}
          />
        </svg>
        {pointer !== undefined && (
          <span className={styles.pointer} style={{ transform: `translateX(${pointer}px)` }}>
            <span className={styles.pointerLabel}>
              {offset(span.from + (pointer / width) * (span.to - span.from) - origin)}
            </span>
          </span>
        )}
      </div>
    </div>
  );
}

function offset(ms: number): string {
  return ms < 0 ? "before the start" : `+ ${duration(ms)}`;
}

function position(event: MouseEvent, plot: RefObject<HTMLDivElement | null>): number {
  return event.clientX - (plot.current?.getBoundingClientRect().left ?? 0);
}

function spoken(history: RunHistory): string {
  const count = (pick: "turns" | "signals") =>
    history.head.groups[pick].length + (history.tail?.groups[pick].length ?? 0);
  return `The run: ${count("turns")} turns and ${count("signals")} signals. The list has each of them.`;
}
