/** Executions of a queue that need somebody, with what is wrong; each leads to its page, which has the acts. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { every, LOOK_MS } from "../../api/poll";
import { attentionQuery, keys, pageOfWorkflows } from "../../api/queries";
import { Button } from "../../design/Button";
import { Card } from "../../design/Card";
import { ErrorState, Skeleton } from "../../design/States";
import { useStill } from "../../design/still";
import { RelativeTime } from "../../design/Time";
import styles from "./Queues.module.css";
import { isCut, type Stuck, stuckAmong } from "./stuck";

/** Of those that run on the queue, the newest. */
const LOOKED_AT = 200;
const FIRST = 8;

const keyOf = ({ finding, trouble }: Stuck) => `${trouble} ${finding.runId} ${finding.since}`;

/** `unserved`: work waits here for a worker, so that not to be stuck otherwise is small comfort. */
export function StuckHere({ name, unserved }: { name: string; unserved: boolean }) {
  const [all, setAll] = useState(false);
  const attention = useQuery({ ...attentionQuery, refetchInterval: every(LOOK_MS) });
  const query = { taskQueue: name, status: "RUNNING", pageSize: LOOKED_AT };
  const runs = useQuery({
    queryKey: [...keys.list(query), "stuck"],
    queryFn: ({ signal }) => pageOfWorkflows(query, signal),
    refetchInterval: every(5 * LOOK_MS),
  });
  const both = attention.data && runs.data;
  const stuck = useStill(both && stuckAmong(attention.data, runs.data.workflows), keyOf);
  const error = attention.error ?? runs.error;
  const partly = both && (runs.data.nextCursor !== null || isCut(attention.data));
  return (
    <Card flush title={`Stuck here${stuck.length > 0 ? `: ${stuck.length}` : ""}`}>
      {!both && error && (
        <ErrorState
          small
          title="It could not be found out"
          error={error}
          onRetry={() => void Promise.all([attention.refetch(), runs.refetch()])}
        />
      )}
      {!both && !error && (
        <div className={styles.calm}>
          <Skeleton width="40%" />
        </div>
      )}
      {both && stuck.length === 0 && <p className={styles.calm}>{noneInWords(unserved, Boolean(partly))}</p>}
      {stuck.length > 0 && (
        <ul className={styles.stuck}>
          {stuck.slice(0, all ? undefined : FIRST).map(({ key, row, goneAt }) => (
            <li key={key} data-gone={goneAt !== undefined || undefined}>
              <Link to="/workflows/$id" params={{ id: row.run.workflowId }} search={{ runId: row.run.runId }}>
                <code>{row.run.workflowId}</code>
              </Link>
              <span className={styles.what} title={row.finding.what}>
                {goneAt ? "Goes on again." : row.finding.what.split("\n")[0]}
              </span>
              <span className={styles.when}>
                <RelativeTime at={row.finding.since} />
              </span>
            </li>
          ))}
        </ul>
      )}
      {(partly || stuck.length > 0) && (
        <div className={styles.note}>
          {!all && stuck.length > FIRST && (
            <Button small onClick={() => setAll(true)}>
              Show {stuck.length - FIRST} more
            </Button>
          )}
          <span>
            {partly &&
              `Looked for among the newest ${LOOKED_AT} that run here, in the first 100 of each kind of trouble. `}
            What to do is said under <Link to="/attention">Needs attention</Link>.
          </span>
        </div>
      )}
    </Card>
  );
}

function noneInWords(unserved: boolean, partly: boolean): string {
  if (unserved) return "Nobody for another reason: what waits here waits for a worker.";
  return partly
    ? "Nobody, of those that were looked at."
    : "Nobody: what runs here goes on, or waits in good order.";
}
