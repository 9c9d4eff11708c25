/** One run, live: its description and its pending work, kept up to date by the socket, and by looks at REST where that is
 * silent. What the reader looks at never changes into another run: a newer one is only told of. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { keys, pendingQuery, workflowQuery } from "../../api/queries";
import type { Description, Pending } from "../../api/types";
import { useConnection, useLive } from "../../live/useLive";
import type { RunHistory } from "./history";
import { useHistory } from "./useHistory";

/** While the socket tells what happens, and while it does not. */
const LOOK_LIVE_MS = 15_000;
const LOOK_MS = 2_500;
/** Heartbeats and attempts are told by no event. */
const LOOK_PENDING_MS = 4_000;
const PENDING_REST_MS = 400;

export interface Run {
  description: Description | undefined;
  pending: Pending | undefined;
  history: RunHistory;
  error: Error | null;
  /** The server did not answer the last look: what is shown may be old. */
  isOld: boolean;
  /** The id has a run that began later. */
  newer: string | undefined;
  again(): void;
}

interface Changed {
  workflow?: Partial<Description>;
  after?: number;
  events?: unknown[];
  more?: boolean;
}

export function useRun(id: string, runId: string): Run {
  const queries = useQueryClient();
  const { state } = useConnection();
  const key = keys.workflow(id, runId);
  const { data, error, refetch, isError } = useQuery({
    ...workflowQuery(id, runId),
    refetchInterval: ({ state: query }) =>
      query.data && query.data.status !== "RUNNING" ? false : state === "live" ? LOOK_LIVE_MS : LOOK_MS,
  });
  const history = useHistory(id, runId, data?.historyLength);
  const pending = usePending(id, runId, data, history.total);
  const [newer, setNewer] = useState<string>();
  // Whose changes the socket tells: those of the id's last run.
  const told = useRef<string>("");

  const hear = (workflow: Partial<Description> | undefined) => {
    if (workflow?.runId) told.current = workflow.runId;
    if (told.current !== runId) {
      const begun = Date.parse(workflow?.startedAt ?? "");
      if (data && begun > Date.parse(data.startedAt)) setNewer(told.current);
      return false;
    }
    if (workflow) queries.setQueryData(key, (old: Description | undefined) => old && { ...old, ...workflow });
    return true;
  };
  useLive(
    { workflow: id },
    {
      snapshot: (document) => hear((document as Changed).workflow),
      changed: (document) => {
        const { workflow, after, events, more } = document as Changed;
        if (hear(workflow) && events?.length) history.append(Number(after ?? 0), events, more ?? false);
      },
    },
  );
  return {
    description: data,
    pending,
    history,
    error,
    isOld: isError && !!data,
    newer,
    again: () => void refetch(),
  };
}

/** Looked at again soon after each event, and now and then for what has none. */
function usePending(id: string, runId: string, run: Description | undefined, length: number) {
  const isOpen = run?.status === "RUNNING";
  const { data, refetch } = useQuery({
    ...pendingQuery(id, runId),
    enabled: run !== undefined,
    refetchInterval: ({ state }) => (isOpen || state.data?.activities.length ? LOOK_PENDING_MS : false),
  });
  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = length === 0;
      return;
    }
    const timer = setTimeout(() => void refetch(), PENDING_REST_MS);
    return () => clearTimeout(timer);
  }, [length, isOpen, refetch]);
  return data;
}
