/** A plain surface for what stands in place of a table, and the shape of a table that is on its way. */
import type { ReactNode } from "react";
import styles from "./Sheet.module.css";
import { Skeleton } from "./States";

export function Sheet({ children }: { children: ReactNode }) {
  return <div className={styles.sheet}>{children}</div>;
}

export function LoadingRows({ label, rows = 8 }: { label: string; rows?: number }) {
  return (
    <div className={styles.sheet} role="status" aria-label={label}>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className={styles.row}>
          <Skeleton width={`${18 + ((row * 7) % 12)}%`} />
          <Skeleton width="30%" />
          <Skeleton width="10%" />
        </div>
      ))}
    </div>
  );
}
