/** How old what the page shows is. Quiet while it is read again and again; loud when that fails and old data stays. */
import styles from "./AsOf.module.css";
import { useClock } from "./clock";
import { Icon } from "./Icon";
import { relative, timeOfDay } from "./time";

/** Longer than a look and its answer take. */
const OLD_MS = 10_000;

export interface Look {
  dataUpdatedAt: number;
  /** Why the last look failed, while it is tried again. */
  failureReason: Error | null;
  error: Error | null;
}

export function AsOf({ look }: { look: Look }) {
  const { dataUpdatedAt: at } = look;
  const failure = look.error ?? look.failureReason;
  const old = useClock((now) => now - at > OLD_MS, at === 0);
  const ago = useClock((now) => (now - at > OLD_MS ? relative(at, now) : ""), at === 0);
  if (at === 0) return null;
  if (failure || old)
    return (
      <span className={styles.old} role="status">
        <Icon name="attention" size={14} /> As of {timeOfDay(at)}
        {ago && `, ${ago}`}. {failure?.message}
      </span>
    );
  return <span className={styles.fresh}>Up to date, every 2 s</span>;
}
