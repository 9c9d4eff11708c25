/** Small marks of state. A status has a shape of its own besides its colour, for those who cannot tell colours apart. */
import type { ReactNode } from "react";
import styles from "./Badge.module.css";
import { classes } from "./classes";
import { STATUS_NAMES, type Status } from "./status";

const MARKS: Record<Status, ReactNode> = {
  RUNNING: <circle cx="5" cy="5" r="4" fill="currentColor" />,
  COMPLETED: <path d="M1.5 5.5 4 8l4.5-6" />,
  FAILED: <path d="M2 2l6 6M8 2 2 8" />,
  CANCELED: <path d="M5 1.25a3.75 3.75 0 1 0 0 7.5 3.75 3.75 0 0 0 0-7.5M2.4 7.6l5.2-5.2" />,
  TERMINATED: <path d="M2 2h6v6H2z" fill="currentColor" />,
  TIMED_OUT: <path d="M5 1.25a3.75 3.75 0 1 0 0 7.5 3.75 3.75 0 0 0 0-7.5M5 3v2.2l1.4 1" />,
};

/** The sign of a status alone; its name must be beside it. */
export function StatusMark({ status }: { status: Status }) {
  return (
    <svg
      className={styles.mark}
      width="10"
      height="10"
      viewBox="0 0 10 10"
      fill="none"
      stroke="currentColor"
      strokeWidth={status === "RUNNING" || status === "TERMINATED" ? 0 : 1.5}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {MARKS[status]}
    </svg>
  );
}

/** `status` null: the row is damaged and does not tell. */
export function StatusBadge({ status, bare }: { status: Status | null; bare?: boolean }) {
  return (
    <span className={classes(styles.badge, bare && styles.bare)} data-status={status ?? undefined}>
      {status && <StatusMark status={status} />}
      {status ? STATUS_NAMES[status] : "Unreadable"}
    </span>
  );
}

/** `status` gives it that state's colours. */
export function Badge({ children, status, title }: { children: ReactNode; status?: Status; title?: string }) {
  return (
    <span className={styles.badge} data-status={status} title={title}>
      {children}
    </span>
  );
}
