/** The headings of the columns, in sight however far down one is. */
import { useEffect, useRef } from "react";
import { classes } from "../../design/classes";
import { head } from "../../design/Table";
import styles from "./List.module.css";

interface Props {
  all: boolean;
  some: boolean;
  onToggleAll: (() => void) | undefined;
}

export function Header({ all, some, onToggleAll }: Props) {
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (box.current) box.current.indeterminate = some && !all;
  }, [some, all]);
  return (
    <div role="row" aria-rowindex={1} className={classes(styles.header, styles.columns, head)}>
      {onToggleAll && (
        <span role="columnheader">
          <input
            ref={box}
            type="checkbox"
            className={styles.box}
            aria-label="Select all that are loaded"
            checked={all}
            onChange={onToggleAll}
          />
        </span>
      )}
      <span role="columnheader">Status</span>
      <span role="columnheader">Workflow id</span>
      <span role="columnheader">Type</span>
      <span role="columnheader" className={styles.wide}>
        Queue
      </span>
      <span role="columnheader" className={styles.number}>
        Started
      </span>
      <span role="columnheader" className={styles.number}>
        Duration
      </span>
      <span role="columnheader" className={classes(styles.number, styles.wide)}>
        Events
      </span>
    </div>
  );
}
