/** The bars of one row. What failed bears a cross, what is open has no right edge, what is still to come is dashed. */
import { memo } from "react";
import { duration } from "../../design/time";
import type { Group } from "./groups";
import styles from "./Timeline.module.css";
import { type Bar, barsOf, type Span, sideOf } from "./timeline";

const HEIGHT = 32;
const MIDDLE = HEIGHT / 2;
const THICK = 12;
/** Pixels: what took no time is still to be seen. */
const LEAST = 3;
const LABEL = 64;
/** Attempts that are drawn in one row; more lie on one another. */
const MOST = 60;

interface Props {
  group: Group;
  span: Span;
  now: number;
  width: number;
  /** The attempt under way, if the pending work tells. */
  attempt: number;
}

export const Bars = memo(
  function Bars({ group, span, now, width, attempt }: Props) {
    const bars = barsOf(group, span, now, attempt).slice(-MOST);
    const side = bars.length === 0 ? sideOf(group, span, now) : null;
    const last = bars.findLast((bar) => bar.look !== "ahead");
    const label = last && labelAt((bars[0]?.x ?? 0) * width, (last.x + last.width) * width, width);
    const took = duration((group.to ?? Math.max(now, group.from)) - group.from);
    return (
      <svg width={width} height={HEIGHT} className={styles.bars} data-kind={group.kind} aria-hidden="true">
        {bars.map((bar) => (
          <Shape key={`${bar.look}${bar.attempt}`} bar={bar} width={width} />
        ))}
        {last && label && (
          <text x={label.x} y={MIDDLE + 4} textAnchor={label.anchor} className={styles.took}>
            {took}
          </text>
        )}
        {side && (
          <path
            d={side === "before" ? "M10 11l-5 5l5 5" : `M${width - 10} 11l5 5l-5 5`}
            className={styles.side}
          />
        )}
      </svg>
    );
  },
  // What is over is drawn again only when it is looked at otherwise.
  (old, next) =>
    old.group === next.group &&
    next.group.to !== null &&
    old.width === next.width &&
    old.span.from === next.span.from &&
    old.span.to === next.span.to &&
    old.now >= next.group.to,
);

/** Behind the bars, else before them; nowhere where there is no room. */
function labelAt(begin: number, end: number, width: number): { x: number; anchor: "start" | "end" } | null {
  if (end + LABEL < width) return { x: end + 8, anchor: "start" };
  return begin > LABEL ? { x: begin - 8, anchor: "end" } : null;
}

function Shape({ bar, width }: { bar: Bar; width: number }) {
  const x = bar.x * width;
  const length = Math.max(bar.width * width, LEAST);
  if (bar.look !== "work")
    return <line x1={x} x2={x + length} y1={MIDDLE} y2={MIDDLE} className={styles[bar.look]} />;
  return (
    <>
      <rect
        x={x}
        y={MIDDLE - THICK / 2}
        width={length}
        height={THICK}
        rx={2}
        className={styles.work}
        data-state={bar.state}
      />
      {bar.state === "failed" && (
        <path d={`M${x + length - 3} ${MIDDLE - 3}l6 6m0 -6l-6 6`} className={styles.cross} />
      )}
      {bar.state === "open" && (
        <line x1={x + length} x2={x + length} y1={MIDDLE - 9} y2={MIDDLE + 9} className={styles.edge} />
      )}
    </>
  );
}
