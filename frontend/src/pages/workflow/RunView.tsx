/** One run: what it is, what is wrong with it, what it waits for, what happened, and what can be done to it. */
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState } from "react";
import type { Description } from "../../api/types";
import { StatusBadge } from "../../design/Badge";
import { Card } from "../../design/Card";
import { Page } from "../../design/Page";
import { SkeletonLines } from "../../design/States";
import { isStatus, STATUS_NAMES } from "../../design/status";
import { visible } from "../../design/visible";
import { ActButtons } from "./acts/ActButtons";
import { Banners } from "./Banners";
import { exactAttributes, type FailureDocument, textAt } from "./events";
import { Facts } from "./Facts";
import { FailureChain } from "./FailureChain";
import { HistorySection, type Looks } from "./HistorySection";
import type { RunHistory } from "./history";
import { Payload } from "./Payload";
import { PendingWork } from "./PendingWork";
import styles from "./RunView.module.css";
import { type Run, useRun } from "./useRun";

const route = getRouteApi("/workflows/$id");

export function RunView({ id, runId }: { id: string; runId: string }) {
  const run = useRun(id, runId);
  const navigate = useNavigate();
  const { description } = run;
  if (!description)
    return (
      <Page title={id} heading={<code>{visible(id)}</code>}>
        <SkeletonLines lines={12} label="Loading the workflow" />
      </Page>
    );
  const waits = openWaits(run.history);
  return (
    <Page
      title={`${description.workflowName} ${id}`}
      heading={description.workflowName}
      note={<StatusBadge status={isStatus(description.status) ? description.status : null} />}
      actions={
        <ActButtons
          target={{ ...description, status: description.status }}
          awaited={waits.flatMap((wait) => (wait.name === "any signal" ? [] : wait.name.split(" or ")))}
          onDone={(act, { runId: newRun }) =>
            act === "retry"
              ? void navigate({ to: "/workflows/$id", params: { id }, search: { runId: newRun } })
              : run.again()
          }
        />
      }
    >
      <Announcer description={description} />
      <Banners
        run={description}
        pending={run.pending}
        newer={run.newer}
        isOld={run.isOld}
        again={run.again}
      />
      <Content run={run} description={description} waits={waits} />
    </Page>
  );
}

function Content({
  run,
  description,
  waits,
}: {
  run: Run;
  description: Description;
  waits: ReturnType<typeof openWaits>;
}) {
  const navigate = useNavigate();
  const search = route.useSearch();
  const { view, event, turns } = search;
  const { history, pending } = run;
  const first = history.head.events[0];
  const hidden = description.payloadsHidden;
  const look = (looks: Looks) =>
    void navigate({
      to: "/workflows/$id",
      params: { id: description.workflowId },
      search: { ...search, ...looks },
      replace: true,
      resetScroll: false,
    });
  return (
    <>
      <Facts
        run={description}
        retryOf={first ? textAt(first, "retryOfRunId") : ""}
        by={first ? textAt(first, "identity") : ""}
      />
      {description.failure && (
        <Card title="Failure">
          <FailureChain failure={description.failure as FailureDocument} hidden={hidden} />
        </Card>
      )}
      {!pending && description.status === "RUNNING" && (
        <Card title="Pending work">
          <SkeletonLines lines={2} label="Loading what it waits for" />
        </Card>
      )}
      {pending && (
        <PendingWork
          pending={pending}
          waits={waits}
          hidden={hidden}
          find={(id) => history.find(id)}
          onSelect={(id) => look({ event: id, view: view === "json" ? "timeline" : view })}
        />
      )}
      <Values run={description} history={history} hidden={hidden} />
      <HistorySection
        run={description}
        pending={pending}
        history={history}
        looks={{ view, event, turns }}
        onLook={look}
      />
    </>
  );
}

function Values({ run, history, hidden }: { run: Description; history: RunHistory; hidden: boolean }) {
  const isDone = run.status === "COMPLETED";
  // The event has every digit as it was written; the description is there at once.
  const first = history.head.events[0];
  const input = useMemo(() => first && exactAttributes(first).input, [first]);
  return (
    <div className={styles.values}>
      <Card flush title="Input">
        <Payload what="input" value={input ?? run.input} hidden={hidden} />
      </Card>
      {(isDone || run.result != null) && (
        <Card flush title="Result">
          <Payload what="result" value={run.result} hidden={hidden} />
        </Card>
      )}
      {run.memo != null && (
        <Card flush title="Memo">
          <Payload what="memo" value={run.memo} hidden={hidden} />
        </Card>
      )}
      {run.searchAttributes != null && (
        <Card flush title="Search attributes">
          <Payload what="search attributes" value={run.searchAttributes} hidden={hidden} />
        </Card>
      )}
    </div>
  );
}

/** Changes of status are told to those who do not see them. */
function Announcer({ description }: { description: Description }) {
  const [said, setSaid] = useState("");
  const before = useRef(description.status);
  useEffect(() => {
    if (before.current === description.status) return;
    before.current = description.status;
    if (isStatus(description.status))
      setSaid(`${description.workflowName}: ${STATUS_NAMES[description.status]}`);
  }, [description]);
  return (
    <p className="visually-hidden" role="status">
      {said}
    </p>
  );
}

/** In what is read: while only the newest part is, a wait that began before it lacks. */
function openWaits(history: RunHistory) {
  const part = history.tail ?? history.head;
  return part.groups.openWaits();
}
