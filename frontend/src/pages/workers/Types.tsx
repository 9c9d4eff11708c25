/** What a worker has registered: the first names, and the others on demand. */
import { useState } from "react";
import type { Worker } from "../../api/types";
import styles from "./Workers.module.css";

const SHOWN = 4;

export function Types({ worker }: { worker: Worker }) {
  const [all, setAll] = useState(false);
  const { types } = worker;
  const shown = all ? types : types.slice(0, SHOWN);
  const noun = worker.kind === "WORKFLOW" ? "workflow" : "activity";
  const nouns = worker.kind === "WORKFLOW" ? "workflows" : "activities";
  const many = `${types.length} ${types.length === 1 ? noun : nouns}`;
  return (
    <>
      <span className={styles.kind}>{many}</span> <span className={styles.types}>{shown.join(", ")}</span>{" "}
      {types.length > SHOWN && (
        <button type="button" className={styles.more} aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? "fewer" : `and ${types.length - SHOWN} more`}
        </button>
      )}
    </>
  );
}
