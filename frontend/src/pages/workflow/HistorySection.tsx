/** The history in three views, and beside them what is chosen. View and choice are in the URL. */
import type { Description, Pending } from "../../api/types";
import { Button } from "../../design/Button";
import { ErrorState, SkeletonLines } from "../../design/States";
import { Tabs } from "../../design/Tabs";
import { CompactList } from "./CompactList";
import { Detail } from "./Detail";
import { instantOf } from "./events";
import styles from "./HistorySection.module.css";
import type { RunHistory } from "./history";
import { JsonView } from "./JsonView";
import { Timeline } from "./Timeline";

const VIEWS = [
  { id: "timeline", label: "Timeline" },
  { id: "list", label: "List" },
  { id: "json", label: "JSON" },
] as const;

export interface Looks {
  view?: string | undefined;
  event?: string | undefined;
  turns?: string | undefined;
}

interface Props {
  run: Description;
  pending: Pending | undefined;
  history: RunHistory;
  looks: Looks;
  onLook(looks: Looks): void;
}

export function HistorySection({ run, pending, history, looks, onLook }: Props) {
  const view = VIEWS.find((each) => each.id === looks.view)?.id ?? "timeline";
  const group = looks.event ? history.find(looks.event) : undefined;
  const onSelect = (event: string) => onLook({ event });
  return (
    <section className={styles.section} aria-label="History">
      <div className={styles.tabs}>
        <Tabs
          label="Views of the history"
          tabs={VIEWS}
          value={view}
          onChange={(id) => onLook({ view: id })}
          controls="history-view"
        />
        <Progress history={history} />
        {view === "list" && (
          <label className={styles.turns}>
            <input
              type="checkbox"
              checked={looks.turns === "1"}
              onChange={(event) => onLook({ turns: event.target.checked ? "1" : undefined })}
            />
            Turns
          </label>
        )}
      </div>
      {history.error !== undefined && <Broken history={history} />}
      <div className={styles.views} data-detail={(view !== "json" && group !== undefined) || undefined}>
        <div id="history-view" role="tabpanel" aria-label={view} className={styles.view}>
          {history.total === 0 ? (
            <div className={styles.loading}>
              <SkeletonLines lines={10} label="Loading the history" />
            </div>
          ) : view === "timeline" ? (
            <Timeline
              history={history}
              from={instantOf(run.startedAt)}
              to={endOf(run)}
              attempts={new Map(pending?.activities.map((each) => [each.number, each.attempt]))}
              selected={group?.id}
              onSelect={onSelect}
            />
          ) : view === "list" ? (
            <CompactList
              history={history}
              turns={looks.turns === "1"}
              selected={group?.id}
              onSelect={onSelect}
            />
          ) : (
            <JsonView history={history} name={`${run.workflowId}-${run.runId}`} />
          )}
        </div>
        {view !== "json" && group && (
          <div className={styles.detail}>
            <Detail group={group} hidden={run.payloadsHidden} onClose={() => onLook({ event: undefined })} />
          </div>
        )}
      </div>
    </section>
  );
}

function endOf(run: Description): number | null {
  return run.closedAt ? instantOf(run.closedAt) : null;
}

function Progress({ history }: { history: RunHistory }) {
  if (history.missing === 0 || !history.loading) return null;
  const read = history.total - history.missing;
  return (
    <span className={styles.progress} role="status">
      {read.toLocaleString()} of {history.total.toLocaleString()} events
    </span>
  );
}

function Broken({ history }: { history: RunHistory }) {
  if (history.last === 0 && !history.tail)
    return (
      <ErrorState title="The history cannot be read" error={history.error} onRetry={() => history.retry()} />
    );
  return (
    <p className={styles.broken} role="alert">
      {history.missing.toLocaleString()} events could not be read.{" "}
      <Button small onClick={() => history.retry()}>
        Try again
      </Button>
    </p>
  );
}
