/** One entry of the audit. */
import { Link } from "@tanstack/react-router";
import type { Ref } from "react";
import { classes } from "../../design/classes";
import { Moment } from "../../design/Time";
import { visible } from "../../design/visible";
import styles from "./Audit.module.css";
import { detailsOf, type Entry } from "./entries";

interface Props {
  entry: Entry;
  index: number;
  top: number;
  ref: Ref<HTMLDivElement>;
}

export function EntryRow({ entry, index, top, ref }: Props) {
  return (
    <div
      ref={ref}
      role="row"
      aria-rowindex={index + 2}
      data-index={index}
      className={classes(styles.row, styles.columns)}
      style={{ translate: `0 ${top}px` }}
    >
      <span role="cell" className={classes(styles.when, styles.dim)}>
        <Moment at={entry.at} />
      </span>
      <span role="cell" className={styles.who}>
        {entry.who ? (
          <Link to="/audit" search={{ who: entry.who }} title="What else they did">
            {visible(entry.who)}
          </Link>
        ) : (
          <span className={styles.dim} title="Access was open: nobody had to say who they are">
            anybody
          </span>
        )}
      </span>
      <span role="cell" className={styles.action}>
        {entry.action}
      </span>
      <span role="cell" className={styles.workflow}>
        <About entry={entry} />
      </span>
      <span role="cell" className={styles.why}>
        {entry.reason && <q>{visible(entry.reason)}</q>}
        {detailsOf(entry.details).map(([name, text]) => (
          <span key={name} className={styles.detail}>
            {name} <b>{visible(text)}</b>
          </span>
        ))}
      </span>
      <span role="cell" className={classes(styles.door, styles.dim)}>
        {entry.door}
      </span>
    </div>
  );
}

/** The run, or the bulk operation; what is done with keys is about neither. */
function About({ entry: { workflowId, runId, details } }: { entry: Entry }) {
  if (workflowId)
    return (
      <Link to="/workflows/$id" params={{ id: workflowId }} search={runId ? { runId } : {}}>
        <code>{visible(workflowId)}</code>
      </Link>
    );
  if (details.bulk !== undefined)
    return (
      <Link to="/bulk" search={{ id: String(details.bulk) }}>
        Bulk operation {String(details.bulk)}
      </Link>
    );
  return <span className={styles.dim}>–</span>;
}
