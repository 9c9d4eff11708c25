/** What a run is: its ids, queue, times, and the other runs of its id. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { pageOfWorkflows } from "../../api/queries";
import type { Description } from "../../api/types";
import { StatusBadge } from "../../design/Badge";
import { CopyId } from "../../design/CopyId";
import { Duration, RelativeTime } from "../../design/Time";
import { duration } from "../../design/time";
import styles from "./Facts.module.css";

interface Props {
  run: Description;
  /** Of whom this run is a repetition, and who began it; unknown until the first event is read. */
  retryOf: string;
  by: string;
}

export function Facts({ run, retryOf, by }: Props) {
  const timeout = run.executionTimeoutSeconds === null ? null : Number(run.executionTimeoutSeconds) * 1000;
  const deadline = timeout && run.status === "RUNNING" ? Date.parse(run.startedAt) + timeout : null;
  return (
    <dl className={styles.facts}>
      <Fact name="Workflow id">
        <CopyId id={run.workflowId} what="workflow id" whole />
      </Fact>
      <Fact name="Run id">
        <CopyId id={run.runId} what="run id" whole />
      </Fact>
      <Fact name="Task queue">
        <Link to="/queues/$name" params={{ name: run.taskQueue }}>
          {run.taskQueue}
        </Link>
      </Fact>
      <Fact name="Started">
        <RelativeTime at={run.startedAt} />
        {by && <span className={styles.aside}> by {by}</span>}
      </Fact>
      <Fact name={run.closedAt ? "Ended" : "Running for"}>
        {run.closedAt ? (
          <>
            <RelativeTime at={run.closedAt} />
            <span className={styles.aside}>
              {" "}
              after <Duration from={run.startedAt} to={run.closedAt} />
            </span>
          </>
        ) : (
          <Duration from={run.startedAt} />
        )}
      </Fact>
      <Fact name="Timeout">
        {timeout === null ? <span className={styles.aside}>none</span> : duration(timeout)}
        {deadline && (
          <span className={styles.aside}>
            {" "}
            ends <RelativeTime at={new Date(deadline).toISOString()} />
          </span>
        )}
      </Fact>
      <Fact name="Events">{run.historyLength.toLocaleString()}</Fact>
      <OtherRuns run={run} retryOf={retryOf} />
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className={styles.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const SHOWN = 6;
const PAGE = 50;

/** REST finds ids by how they begin: those of the very id are picked out, so of an id with many longer namesakes some may lack. */
function OtherRuns({ run, retryOf }: { run: Description; retryOf: string }) {
  const { data } = useQuery({
    queryKey: ["runs", run.workflowId, run.runId, run.status],
    queryFn: ({ signal }) => pageOfWorkflows({ idPrefix: run.workflowId, pageSize: PAGE }, signal),
  });
  const others = (data?.workflows ?? []).filter(
    (each) => each.workflowId === run.workflowId && each.runId !== run.runId,
  );
  if (others.length === 0 && !retryOf) return null;
  const isCut = others.length > SHOWN || Boolean(data?.nextCursor);
  return (
    <Fact name={retryOf ? "Repeats a run · others" : "Other runs"}>
      <ul className={styles.runs}>
        {retryOf && !others.some((each) => each.runId === retryOf) && (
          <li>
            <Link to="/workflows/$id" params={{ id: run.workflowId }} search={{ runId: retryOf }}>
              the one it repeats
            </Link>
          </li>
        )}
        {others.slice(0, SHOWN).map((each) => (
          <li key={each.runId}>
            <Link to="/workflows/$id" params={{ id: run.workflowId }} search={{ runId: each.runId }}>
              <RelativeTime at={each.startedAt} />
            </Link>{" "}
            <StatusBadge status={each.status} bare />
            {each.runId === retryOf && <span className={styles.aside}> repeated by this one</span>}
          </li>
        ))}
        {isCut && (
          <li>
            <Link to="/workflows" search={{ idPrefix: run.workflowId }}>
              all in the list
            </Link>
          </li>
        )}
      </ul>
    </Fact>
  );
}
