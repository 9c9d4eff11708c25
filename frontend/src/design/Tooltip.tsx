/** A sentence about what is inside, for pointer, keyboard and screen reader alike. */
import { type ReactNode, useId } from "react";
import styles from "./Tooltip.module.css";

export function Tooltip({ text, children }: { text: string; children: ReactNode }) {
  const id = useId();
  return (
    <span className={styles.anchor} aria-describedby={id}>
      {children}
      <span role="tooltip" id={id} className={styles.tip}>
        {text}
      </span>
    </span>
  );
}
