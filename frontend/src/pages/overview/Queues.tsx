/** Task queues in short: what waits, for how long, and whether anybody serves it. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { queuesQuery } from "../../api/queries";
import { buttonClass } from "../../design/Button";
import { Card } from "../../design/Card";
import { ErrorState, Skeleton } from "../../design/States";
import { duration } from "../../design/time";
import styles from "./OverviewPage.module.css";
import { inShort } from "./queues";

export function Queues() {
  const { data, error, refetch } = useQuery(queuesQuery);
  const { shown, left } = inShort(data?.taskQueues ?? []);
  return (
    <Card
      flush
      title="Task queues"
      actions={
        <Link to="/queues" className={buttonClass("ghost", true)}>
          All
        </Link>
      }
    >
      {!data && error && (
        <ErrorState small title="They could not be read" error={error} onRetry={() => void refetch()} />
      )}
      {!data && !error && (
        <div className={styles.pad}>
          <Skeleton width="60%" />
        </div>
      )}
      {data && shown.length === 0 && (
        <p className={styles.calm}>A queue appears when a worker serves it, or work waits in it.</p>
      )}
      <ul className={styles.lines}>
        {shown.map((queue) => (
          <li key={queue.name}>
            <Link to="/queues/$name" params={{ name: queue.name }} className={styles.line}>
              <span className={styles.text}>{queue.name}</span>
              <Waits queue={queue} />
            </Link>
          </li>
        ))}
        {left > 0 && <li className={styles.calm}>and {left} more</li>}
      </ul>
    </Card>
  );
}

function Waits({ queue }: { queue: ReturnType<typeof inShort>["shown"][number] }) {
  if (queue.workers === 0)
    return (
      <b className={styles.alarm}>
        no worker{queue.backlog > 0 && `, ${queue.backlog.toLocaleString()} wait`}
      </b>
    );
  if (queue.backlog === 0) return <span className={styles.dim}>idle</span>;
  const age = queue.oldestAgeSeconds;
  return (
    <span>
      {queue.backlog.toLocaleString()} wait
      {age !== null && <span className={styles.dim}>, {duration(age * 1_000)}</span>}
    </span>
  );
}
