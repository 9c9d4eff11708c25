/** How many executions are in each status; each figure leads to them. */
import { Link } from "@tanstack/react-router";
import type { Counts } from "../../api/types";
import { StatusMark } from "../../design/Badge";
import { figure } from "../../design/figures";
import { Skeleton } from "../../design/States";
import { STATUS_COLORS, STATUS_NAMES, STATUSES } from "../../design/status";
import styles from "./OverviewPage.module.css";

export function Figures({ counts }: { counts: Counts | undefined }) {
  return (
    <nav className={styles.figures} aria-label="Workflows by status">
      {STATUSES.map((status) => (
        <Link key={status} to="/workflows" search={{ status }} className={styles.figure}>
          <span className={styles.status}>
            <span style={{ color: STATUS_COLORS[status], lineHeight: 0 }}>
              <StatusMark status={status} />
            </span>
            {STATUS_NAMES[status]}
          </span>
          <span className={styles.count} data-none={counts?.[status] === 0 || undefined}>
            {counts ? figure(counts[status], counts.approximate) : <Skeleton width="3rem" height="0.9em" />}
          </span>
        </Link>
      ))}
    </nav>
  );
}
