/** The history of a run for components: read while somebody looks at it. */
import { useEffect, useState, useSyncExternalStore } from "react";
import { callText } from "../../api/http";
import { pathOf } from "../../api/queries";
import { RunHistory } from "./history";

/** Of a page that is just being opened. */
const NOTHING = new RunHistory(async () => "");

export function useHistory(id: string, runId: string, total: number | undefined): RunHistory {
  const [history, setHistory] = useState(NOTHING);
  useEffect(() => {
    const abort = new AbortController();
    const opened = new RunHistory((after, pageSize) =>
      callText("GET", pathOf(id, "/history"), { query: { runId, after, pageSize }, signal: abort.signal }),
    );
    setHistory(opened);
    return () => {
      opened.close();
      abort.abort();
    };
  }, [id, runId]);
  useEffect(() => {
    if (total !== undefined && history !== NOTHING) history.reach(total);
  }, [history, total]);
  useSyncExternalStore(history.watch, history.look);
  return history;
}
