/** How much of something is taken, as a bar and in words; without any of it there is no bar, only the words. */
import styles from "./Meter.module.css";

interface Props {
  used: number;
  total: number;
  /** Of what, for screen readers: "slots of worker a". */
  label: string;
  /** Said beside the bar instead of "3 of 10". */
  text?: string;
  tone?: "ink" | "running" | "completed" | "failed";
}

export function Meter({ used, total, label, text, tone = "ink" }: Props) {
  const words = text ?? `${used.toLocaleString("en-US")} of ${total.toLocaleString("en-US")}`;
  const part = total > 0 ? Math.min(1, used / total) : 0;
  return (
    <span className={styles.meter}>
      <span
        className={styles.track}
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={Math.max(total, 1)}
        aria-valuenow={Math.min(used, Math.max(total, 1))}
        aria-valuetext={words}
      >
        <span className={styles.fill} data-tone={tone} style={{ scale: `${part} 1` }} />
      </span>
      <span className={styles.words}>{words}</span>
    </span>
  );
}
