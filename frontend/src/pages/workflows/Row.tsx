/** One execution in the list. The whole row leads to it; it flashes once, softly, when it has changed. */
import { Link } from "@tanstack/react-router";
import { memo, useEffect, useRef } from "react";
import type { Execution } from "../../api/types";
import { StatusBadge } from "../../design/Badge";
import { classes } from "../../design/classes";
import { isStatus } from "../../design/status";
import { Duration, RelativeTime } from "../../design/Time";
import { isTyping } from "../../design/typing";
import styles from "./List.module.css";

const GLOW_MS = 1_400;

interface Props {
  row: Execution;
  index: number;
  top: number;
  current: boolean;
  chosen: boolean;
  leaving: boolean;
  /** When it changed, if that was a moment ago. */
  flash: number | undefined;
  onToggle: ((row: Execution) => void) | undefined;
}

export const Row = memo(function Row({ row, index, top, current, chosen, leaving, flash, onToggle }: Props) {
  const line = useRef<HTMLDivElement>(null);
  const link = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    if (flash !== undefined) glow(line.current);
  }, [flash]);
  useEffect(() => {
    if (current && !isTyping(document.activeElement)) link.current?.focus({ preventScroll: true });
  }, [current]);
  return (
    <div
      ref={line}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={onToggle ? chosen : undefined}
      className={classes(styles.row, styles.columns, current && styles.current, leaving && styles.leaving)}
      style={{ transform: `translateY(${top}px)` }}
    >
      {onToggle && (
        <span role="cell" data-column="box" className={classes(styles.cell, styles.above)}>
          <input
            type="checkbox"
            className={styles.box}
            aria-label={`Select ${row.workflowId}`}
            checked={chosen}
            onChange={() => onToggle(row)}
          />
        </span>
      )}
      <span role="cell" data-column="status" className={styles.cell}>
        <StatusBadge status={isStatus(row.status) ? row.status : null} bare />
      </span>
      <span role="cell" data-column="id" className={styles.cell} title={row.workflowId}>
        <Link
          ref={link}
          className={styles.id}
          to="/workflows/$id"
          params={{ id: row.workflowId }}
          search={{ runId: row.runId }}
        >
          {row.workflowId}
        </Link>
      </span>
      <span role="cell" data-column="type" className={styles.cell} title={row.problem ?? row.workflowName}>
        {row.workflowName}
        {row.problem && <span className={styles.problem}> · {row.problem.split(/[:\n]/)[0]}</span>}
      </span>
      <span role="cell" className={classes(styles.cell, styles.dim, styles.wide)} title={row.taskQueue}>
        {row.taskQueue}
      </span>
      <span
        role="cell"
        data-column="started"
        className={classes(styles.cell, styles.dim, styles.number, styles.above)}
      >
        <RelativeTime at={row.startedAt} />
      </span>
      <span role="cell" data-column="duration" className={classes(styles.cell, styles.number)}>
        <Duration from={row.startedAt} to={row.closedAt} />
      </span>
      <span role="cell" className={classes(styles.cell, styles.dim, styles.number, styles.wide)}>
        {row.historyLength.toLocaleString()}
      </span>
    </div>
  );
});

/** By script, since a class would have to be taken off before it could glow again. */
function glow(line: HTMLElement | null): void {
  if (!line?.animate || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  line.animate([{ background: "var(--running-tint)" }, {}], { duration: GLOW_MS, easing: "ease-out" });
}
