/** One operation: what, to whom, why and by whom; how far it has come; what became of them. */
import { Link } from "@tanstack/react-router";
import { useMe } from "../../api/queries";
import type { BulkOperation } from "../../api/types";
import { Badge } from "../../design/Badge";
import { Button } from "../../design/Button";
import { Meter } from "../../design/Meter";
import { Duration, RelativeTime } from "../../design/Time";
import styles from "./Bulk.module.css";
import { filtersInWords, isOpen, outcome, pace, progress, STATES, VERBS } from "./operation";

interface Props {
  operation: BulkOperation;
  onStop(): void;
}

export function OperationCard({ operation, onStop }: Props) {
  const { may } = useMe();
  const { name, status } = STATES[operation.state];
  const title = `operation-${operation.id}`;
  return (
    <section className={styles.operation} aria-labelledby={title}>
      <header className={styles.head}>
        <h2 id={title}>
          {VERBS[operation.action].title}
          {operation.signalName && (
            <>
              {" "}
              <code>{operation.signalName}</code>
            </>
          )}{" "}
          <Link to="/bulk" search={{ id: String(operation.id) }} className={styles.number}>
            no. {operation.id}
          </Link>
        </h2>
        <Badge {...(status ? { status } : {})}>{name}</Badge>
        {isOpen(operation) && may(operation.action) && (
          <Button small icon="terminate" onClick={onStop} className={styles.stop}>
            Stop
          </Button>
        )}
      </header>
      <Progress operation={operation} />
      <dl className={styles.facts}>
        <div>
          <dt>For</dt>
          <dd>
            <Link to="/workflows" search={operation.filters}>
              {filtersInWords(operation.filters)}
            </Link>
          </dd>
        </div>
        {operation.reason && (
          <div>
            <dt>Why</dt>
            <dd>
              <q>{operation.reason}</q>
            </dd>
          </div>
        )}
        <div>
          <dt>Asked</dt>
          <dd>
            <RelativeTime at={operation.createdAt} /> by {operation.requestedBy || "anybody"},{" "}
            {operation.door}
          </dd>
        </div>
        {operation.begunAt && operation.begunAt !== operation.finishedAt && (
          <div>
            <dt>Took</dt>
            <dd>
              <Duration from={operation.begunAt} to={operation.finishedAt} />
            </dd>
          </div>
        )}
      </dl>
    </section>
  );
}

const TONES = {
  WAITING: "ink",
  RUNNING: "running",
  DONE: "completed",
  STOPPED: "ink",
  FAILED: "failed",
} as const;

function Progress({ operation }: { operation: BulkOperation }) {
  const { done, of, words } = progress(operation);
  const speed = pace(operation);
  const { failed, problem, state } = operation;
  return (
    <div className={styles.progress}>
      <Meter
        used={done}
        total={of}
        text={words}
        tone={TONES[state]}
        label={`Progress of operation ${operation.id}`}
      />
      <p>
        {outcome(operation)}
        {failed > 0 && (
          <>
            , <b className={styles.failed}>{failed.toLocaleString("en-US")} failed</b>
          </>
        )}
        .{speed && <span className={styles.dim}> {speed}.</span>}
        {state === "WAITING" && <span className={styles.dim}> Operations are done one after the other.</span>}
      </p>
      {problem && (
        <p className={styles.problem}>
          {failed > 1 ? "The last that failed: " : ""}
          {problem}
        </p>
      )}
      {state === "FAILED" && (
        <p>
          An error of sched broke it off; the engine’s log says which. It can be asked for again: who was done
          already is skipped{operation.action === "signal" ? ", but a signal would come twice" : ""}.
        </p>
      )}
    </div>
  );
}
