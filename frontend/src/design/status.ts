/** The states of an execution, in the order in which they are shown, and what they are called. */
export const STATUSES = ["RUNNING", "COMPLETED", "FAILED", "CANCELED", "TERMINATED", "TIMED_OUT"] as const;

export type Status = (typeof STATUSES)[number];

export const STATUS_NAMES: Record<Status, string> = {
  RUNNING: "Running",
  COMPLETED: "Completed",
  FAILED: "Failed",
  CANCELED: "Canceled",
  TERMINATED: "Terminated",
  TIMED_OUT: "Timed out",
};

/** The token of its colour. */
export const STATUS_COLORS: Record<Status, string> = {
  RUNNING: "var(--running)",
  COMPLETED: "var(--completed)",
  FAILED: "var(--failed)",
  CANCELED: "var(--canceled)",
  TERMINATED: "var(--terminated)",
  TIMED_OUT: "var(--timed-out)",
};

export function isStatus(value: unknown): value is Status {
  return STATUSES.includes(value as Status);
}
