/** What a run waits for now: activities with their attempts, timers, signals, its own turn. */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Pending } from "../../api/types";
import { Card } from "../../design/Card";
import { RelativeTime } from "../../design/Time";
import { visible } from "../../design/visible";
import { failureText, lineOf } from "./compact";
import type { FailureDocument } from "./events";
import { FailureChain } from "./FailureChain";
import type { Group } from "./groups";
import { Payload } from "./Payload";
import styles from "./PendingWork.module.css";

/** Of hundreds of activities in flight the first are shown. */
const SHOWN = 20;

interface Props {
  pending: Pending;
  /** Waits for signals that are open. */
  waits: readonly Group[];
  hidden: boolean;
  find(id: string): Group | undefined;
  onSelect(id: string): void;
}

export function PendingWork({ pending, waits, hidden, find, onSelect }: Props) {
  const { activities, timers, signals, workflowTask } = pending;
  const sleeps = timers.filter((timer) => find(String(timer.number))?.kind !== "wait");
  const count = activities.length + sleeps.length + waits.length + signals.length + (workflowTask ? 1 : 0);
  if (count === 0) return null;
  return (
    <Card title={`Pending work · ${count.toLocaleString()}`} flush>
      <ul className={styles.list}>
        {workflowTask && (
          <Item what="Turn" name={String(workflowTask.turn)}>
            {workflowTask.worker ? `in the hands of ${workflowTask.worker}` : "waits for a worker"}
            {workflowTask.delivery > 1 && ` · delivery ${workflowTask.delivery}`}
          </Item>
        )}
        {waits.map((wait) => (
          <Item key={wait.id} what="Wait" name={`for ${wait.name}`} onOpen={() => onSelect(wait.id)}>
            since <RelativeTime at={new Date(wait.from).toISOString()} />
            {wait.due !== null && (
              <>
                {" "}
                · gives up <RelativeTime at={new Date(wait.due).toISOString()} />
              </>
            )}
          </Item>
        ))}
        {activities.slice(0, SHOWN).map((each) => (
          <Activity
            key={each.number}
            activity={each}
            hidden={hidden}
            onOpen={() => onSelect(String(each.number))}
          />
        ))}
        {sleeps.slice(0, SHOWN).map((timer) => (
          <Item
            key={timer.number}
            what="Timer"
            name={sleepName(find(String(timer.number)))}
            onOpen={() => onSelect(String(timer.number))}
          >
            fires <RelativeTime at={timer.dueAt} />
          </Item>
        ))}
        {signals.slice(0, SHOWN).map((signal) => (
          <Item
            key={signal.number}
            what="Signal"
            name={signal.name}
            onOpen={() => onSelect(String(signal.number))}
          >
            came <RelativeTime at={signal.receivedAt} />, not asked for yet
          </Item>
        ))}
        {[activities, sleeps, signals].some((each) => each.length > SHOWN) && (
          <li className={styles.more}>Of each kind the first {SHOWN} are shown; the timeline has all.</li>
        )}
      </ul>
    </Card>
  );
}

function sleepName(group: Group | undefined): string {
  return group ? lineOf(group).name : "sleep";
}

function Activity({
  activity,
  hidden,
  onOpen,
}: {
  activity: Pending["activities"][number];
  hidden: boolean;
  onOpen(): void;
}) {
  const { state, attempt, worker, problem } = activity;
  const failure = activity.lastFailure as FailureDocument | null;
  return (
    <Item what="Activity" name={activity.activityType} onOpen={onOpen}>
      {attempt > 1 && <span className={styles.attempt}>attempt {attempt} · </span>}
      {state === "BACKING_OFF" && (
        <>
          tried again <RelativeTime at={activity.nextAttemptAt} />
        </>
      )}
      {state === "SCHEDULED" && (
        <>
          waits for a worker on{" "}
          <Link to="/queues/$name" params={{ name: activity.taskQueue }}>
            {activity.taskQueue}
          </Link>{" "}
          since <RelativeTime at={activity.scheduledAt} />
        </>
      )}
      {(state === "STARTED" || state === "CANCEL_REQUESTED") && (
        <>
          {state === "CANCEL_REQUESTED" ? "asked to stop, " : ""}
          {worker ? `on ${worker} ` : ""}since <RelativeTime at={activity.startedAt} />
        </>
      )}
      {activity.heartbeatAt && (
        <>
          {" "}
          · heartbeat <RelativeTime at={activity.heartbeatAt} />
        </>
      )}
      {problem && <p className={styles.problem}>{visible(problem)}</p>}
      {activity.heartbeatDetails != null && (
        <Payload what="heartbeat details" value={activity.heartbeatDetails} hidden={hidden} />
      )}
      {failure && (
        <details className={styles.failure}>
          <summary>{failureText(failure)}</summary>
          <FailureChain failure={failure} hidden={hidden} />
        </details>
      )}
    </Item>
  );
}

function Item({
  what,
  name,
  onOpen,
  children,
}: {
  what: string;
  name: string;
  onOpen?(): void;
  children: ReactNode;
}) {
  return (
    <li className={styles.item}>
      <span className={styles.what}>{what}</span>
      {onOpen ? (
        <button type="button" className={styles.name} onClick={onOpen} title="Show in the history">
          {name}
        </button>
      ) : (
        <strong>{name}</strong>
      )}
      <div className={styles.state}>{children}</div>
    </li>
  );
}
