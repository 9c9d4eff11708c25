/** What started or ended just now, as it happens. */
import { Link } from "@tanstack/react-router";
import type { Execution } from "../../api/types";
import { StatusMark } from "../../design/Badge";
import { Card } from "../../design/Card";
import { ErrorState, SkeletonLines } from "../../design/States";
import { isStatus, STATUS_COLORS, STATUS_NAMES } from "../../design/status";
import { RelativeTime } from "../../design/Time";
import styles from "./OverviewPage.module.css";
import { happened } from "./recent";

interface Props {
  rows: readonly Execution[] | undefined;
  error: Error | null;
  onRetry(): void;
}

export function Activity({ rows, error, onRetry }: Props) {
  return (
    <Card flush title="Activity">
      {!rows && !error && (
        <div className={styles.pad}>
          <SkeletonLines lines={10} label="Reading what happened" />
        </div>
      )}
      <ol className={styles.lines}>
        {rows?.map((row) => (
          <li key={row.runId}>
            <Link
              to="/workflows/$id"
              params={{ id: row.workflowId }}
              search={{ runId: row.runId }}
              className={styles.event}
            >
              <Sign row={row} />
              <span className={styles.text}>{row.workflowName}</span>
              <span className={styles.dim}>
                <RelativeTime at={happened(row)} />
              </span>
              <code className={styles.id}>{row.workflowId}</code>
            </Link>
          </li>
        ))}
      </ol>
      {error && (
        <ErrorState
          small
          title={rows ? "Earlier ones could not be read" : "It could not be read"}
          error={error}
          onRetry={onRetry}
        />
      )}
    </Card>
  );
}

function Sign({ row: { status } }: { row: Execution }) {
  if (!isStatus(status)) return <span />;
  return (
    <span className={styles.sign} style={{ color: STATUS_COLORS[status] }} title={STATUS_NAMES[status]}>
      <StatusMark status={status} />
      <span className="visually-hidden">{status === "RUNNING" ? "Started" : STATUS_NAMES[status]}</span>
    </span>
  );
}
