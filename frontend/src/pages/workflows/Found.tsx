/** Whom an act on many will reach, and what became of it. */
import { Button } from "../../design/Button";
import { Skeleton } from "../../design/States";
import { STATUS_NAMES } from "../../design/status";
import { ACTS, type Act } from "./acts";
import styles from "./BulkDialog.module.css";
import type { Bulk, Target } from "./useBulk";

const SHOWN = 5;

export function Found({ act, target, bulk }: { act: Act; target: Target; bulk: Bulk }) {
  if (bulk.lookError)
    return (
      <div className={styles.found} role="alert">
        <p className={styles.refused}>How many there are could not be found out: {bulk.lookError.message}</p>
        <Button small onClick={bulk.look}>
          Look again
        </Button>
      </div>
    );
  if (bulk.found === undefined)
    return (
      <div className={styles.found} role="status" aria-label="Looking how many there are">
        <Skeleton width="60%" />
      </div>
    );
  const statuses = ACTS[act].statuses;
  const able = statuses.length === 1 && statuses[0] ? STATUS_NAMES[statuses[0]].toLowerCase() : "ended";
  return (
    <>
      <div className={styles.found} role="status">
        <b>{bulk.found.toLocaleString()}</b>{" "}
        {target.kind === "rows" ? "of those selected" : "match the filters"}, {able}.
        <ul className={styles.first}>
          {bulk.first.slice(0, SHOWN).map((id) => (
            <li key={id}>
              <code>{id}</code>
            </li>
          ))}
          {bulk.found > SHOWN && <li>and {(bulk.found - SHOWN).toLocaleString()} more</li>}
        </ul>
      </div>
      {bulk.refusals.length > 0 && (
        <div className={styles.found} role="alert">
          <p className={styles.refused}>{bulk.refusals.length} were refused:</p>
          <ul className={styles.first}>
            {bulk.refusals.slice(0, SHOWN).map(({ row, why }) => (
              <li key={row.runId}>
                <code>{row.workflowId}</code>: {why}
              </li>
            ))}
          </ul>
        </div>
      )}
      {bulk.error && (
        <p className={styles.refused} role="alert">
          {bulk.error.message}
        </p>
      )}
    </>
  );
}
