/** One task queue: what waits in it, who serves it, and who is stuck. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ApiError } from "../../api/http";
import { every, LOOK_MS } from "../../api/poll";
import { queueQuery, useMe } from "../../api/queries";
import type { TaskQueueDescription } from "../../api/types";
import { AsOf } from "../../design/AsOf";
import { buttonClass } from "../../design/Button";
import { Command } from "../../design/Command";
import { CopyButton } from "../../design/CopyId";
import { Page } from "../../design/Page";
import { LoadingRows, Sheet } from "../../design/Sheet";
import { ErrorState } from "../../design/States";
import { visible } from "../../design/visible";
import { WorkerTable } from "../workers/WorkerTable";
import { KindCard } from "./KindCard";
import styles from "./Queues.module.css";
import { isUnserved, waitingInWords } from "./queues";
import { StuckHere } from "./StuckHere";

const route = getRouteApi("/queues/$name");

export function QueuePage() {
  const { name } = route.useParams();
  const { may } = useMe();
  const look = useQuery({ ...queueQuery(name), refetchInterval: every(LOOK_MS) });
  return (
    <Page
      title={name}
      heading={
        <>
          {visible(name)} <CopyButton text={name} what="queue" />
        </>
      }
      note={
        <>
          Task queue. <AsOf look={look} />
        </>
      }
      actions={
        <>
          <Link to="/workflows" search={{ taskQueue: name, status: "RUNNING" }} className={buttonClass()}>
            Its running workflows
          </Link>
          {may("start") && (
            <Link to="/start" search={{ taskQueue: name }} className={buttonClass()}>
              Start one here
            </Link>
          )}
        </>
      }
    >
      {look.isPending && <LoadingRows label="Reading the queue" />}
      {look.isError && !look.data && (
        <Sheet>
          <ErrorState
            title={
              look.error instanceof ApiError && look.error.status === 400
                ? "This is no name of a queue"
                : "The queue could not be read"
            }
            error={look.error}
            onRetry={() => void look.refetch()}
            actions={
              <Link to="/queues" className={buttonClass()}>
                All task queues
              </Link>
            }
          />
        </Sheet>
      )}
      {look.data && <Described queue={look.data} />}
    </Page>
  );
}

function Described({ queue }: { queue: TaskQueueDescription }) {
  const unserved = queue.kinds.filter(isUnserved);
  return (
    <>
      {unserved.length > 0 && (
        <div className={styles.banner} role="status">
          <p>
            <b>{unserved.map(waitingInWords).join(", ")}, and nobody is there to do it.</b> A worker that
            serves this queue and has their types begins at once:
          </p>
          <Command line={`TASK_QUEUE=${queue.taskQueue} python worker.py`} />
        </div>
      )}
      <div className={styles.kinds}>
        {queue.kinds.map((line) => (
          <KindCard key={line.kind} line={line} />
        ))}
      </div>
      <StuckHere name={queue.taskQueue} unserved={unserved.length > 0} />
      {queue.workers.length > 0 ? (
        <WorkerTable workers={queue.workers} queueKnown />
      ) : (
        <Sheet>
          <p className={styles.calm}>
            No worker serves this queue now; one that does is told within a second or two. All that are
            connected: <Link to="/workers">Workers</Link>.
          </p>
        </Sheet>
      )}
    </>
  );
}
