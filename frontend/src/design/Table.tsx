/** A table of HTML that scrolls sideways when it must. Figures stand right: `className={number}`. Long lists are virtualised by
 * their pages, which take `head` for their headings. */
import type { ReactNode } from "react";
import styles from "./Table.module.css";

export const number = styles.number;
export const head = styles.head;

export function Table({ label, children }: { label: string; children: ReactNode }) {
  return (
    // In the order of Tab: what scrolls must be reachable by keyboard.
    <section className={styles.scroll} aria-label={label} tabIndex={0}>
      <table className={styles.table}>{children}</table>
    </section>
  );
}
