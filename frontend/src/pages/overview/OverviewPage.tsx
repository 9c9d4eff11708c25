/** How all of it does: counts, throughput, what happens, what needs somebody. Each part leads to more about it. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { keys, pageOfWorkflows, useMe } from "../../api/queries";
import type { Execution, Window } from "../../api/types";
import { buttonClass } from "../../design/Button";
import { Icon } from "../../design/Icon";
import { Page } from "../../design/Page";
import { Sheet } from "../../design/Sheet";
import { ErrorState } from "../../design/States";
import { STATUSES } from "../../design/status";
import { useCounts } from "../../live/useCounts";
import { Activity } from "./Activity";
import { Charts } from "./Charts";
import { Figures } from "./Figures";
import { FirstRun } from "./FirstRun";
import styles from "./OverviewPage.module.css";
import { Queues } from "./Queues";
import { RECENT_MAX, withRecent } from "./recent";
import { WINDOWS, windowOf } from "./series";
import { Troubles } from "./Troubles";

export function OverviewPage() {
  const { may } = useMe();
  const window = windowOf(useSearch({ from: "/" }).window);
  const { recent, setRecent, look } = useRecent();
  const {
    data: counts,
    error,
    refetch,
  } = useCounts(true, (rows) => setRecent((had) => withRecent(had ?? [], rows)));
  const none = counts !== undefined && STATUSES.every((status) => counts[status] === 0);
  return (
    <Page
      title="Overview"
      actions={
        <>
          {!none && <Windows value={window} />}
          {may("start") && (
            <Link to="/start" className={buttonClass("solid")}>
              <Icon name="plus" /> Start
            </Link>
          )}
        </>
      }
    >
      {error && !counts ? (
        <Sheet>
          <ErrorState title="The counts could not be read" error={error} onRetry={() => void refetch()} />
        </Sheet>
      ) : (
        !none && <Figures counts={counts} />
      )}
      {none ? (
        <FirstRun />
      ) : (
        <div className={styles.columns}>
          <div className={styles.main}>
            <Charts window={window} />
            <div className={styles.pair}>
              <Troubles />
              <Queues />
            </div>
          </div>
          <div className={styles.beside}>
            <Activity rows={recent} error={look.error} onRetry={() => void look.refetch()} />
          </div>
        </div>
      )}
    </Page>
  );
}

/** What the subscription brings, on top of what REST knew when the page was opened. */
function useRecent() {
  const query = { pageSize: RECENT_MAX };
  const look = useQuery({
    queryKey: [...keys.list(query), "recent"],
    queryFn: ({ signal }) => pageOfWorkflows(query, signal),
  });
  const { data } = look;
  const [rows, setRows] = useState<Execution[]>();
  useEffect(() => {
    if (data) setRows((had) => withRecent(data.workflows, had ?? []));
  }, [data]);
  return { recent: rows, setRecent: setRows, look };
}

function Windows({ value }: { value: Window }) {
  const navigate = useNavigate();
  return (
    <div className={styles.windows} role="group" aria-label="Window of the charts">
      {WINDOWS.map(({ id, label, words }) => (
        <button
          key={id}
          type="button"
          aria-pressed={id === value}
          title={words}
          onClick={() => void navigate({ to: "/", search: { window: id }, replace: true })}
        >
          {label}
        </button>
      ))}
    </div>
  );
}
