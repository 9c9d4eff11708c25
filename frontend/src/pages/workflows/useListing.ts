/** The rows of the list: pages of REST, read as the reader goes down, with what the live subscription tells merged in.
 *
 * Known rows change at once. New rows come in at the top at most once a second, and wait while `hold` (the reader is further
 * down, or has chosen rows). Rows that do not fit any more are marked for a moment before they leave.
 */
import { type InfiniteData, useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { keys, pageOfWorkflows } from "../../api/queries";
import type { WorkflowPage } from "../../api/types";
import { useLive } from "../../live/useLive";
import type { Filters } from "./filters";
import { type Change, changeBy, inserted, newRows, removed, replaced, rowsOf } from "./merge";
import { Waiting } from "./waiting";

const PAGE_SIZE = 100;
const CALM_MS = 1_000;
const LEAVE_MS = 2_500;
/** So many rows in the first page: the list is begun anew, or a busy day would fill the memory. */
const FIRST_PAGE_MAX = 600;

type Pages = InfiniteData<WorkflowPage, string | undefined>;

/** `readable`: all that the reader asked for is in the filters; else nothing is read, as it would be of more than that. */
export function useListing(filters: Filters, readable: boolean, hold: boolean) {
  const client = useQueryClient();
  const key = useMemo(() => [...keys.list({ ...filters }), "pages"], [filters]);
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) =>
      pageOfWorkflows({ ...filters, pageSize: PAGE_SIZE, cursor: pageParam }, signal),
    enabled: readable,
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    // What is merged in is newer than what a second look would find.
    refetchOnWindowFocus: false,
  });
  const change = useCallback(
    (to: (pages: WorkflowPage[]) => WorkflowPage[]) =>
      client.setQueryData<Pages>(key, (had) => had && { ...had, pages: to(had.pages) }),
    [client, key],
  );
  const restart = useCallback(async () => {
    const page = await pageOfWorkflows({ ...filters, pageSize: PAGE_SIZE });
    client.setQueryData<Pages>(key, { pages: [page], pageParams: [undefined] });
  }, [client, filters, key]);
  const live = useArrivals(key, change, restart, hold);
  const snapshots = useRef(0);
  useEffect(() => {
    snapshots.current = 0;
  }, [key]);
  useLive(readable && query.data ? { list: filters as Record<string, string> } : undefined, {
    snapshot: (document) => {
      const pages = client.getQueryData<Pages>(key)?.pages ?? [];
      live.tell(changeBy(pages, document as WorkflowPage), pages);
      // What changed further down while the connection was lost nobody told.
      if (snapshots.current++ > 0 && pages.length > 1) void query.refetch();
    },
    changed: (document) => live.tell(document as Change, client.getQueryData<Pages>(key)?.pages ?? []),
  });
  const rows = useMemo(() => (readable ? rowsOf(query.data?.pages ?? []) : []), [readable, query.data]);
  return { query, rows, ...live };
}

/** What comes and goes between the pages that were read. */
function useArrivals(
  key: readonly unknown[],
  change: (to: (pages: WorkflowPage[]) => WorkflowPage[]) => Pages | undefined,
  restart: () => Promise<void>,
  hold: boolean,
) {
  const [, redraw] = useState(0);
  const state = useMemo(() => fresh(key), [key]);
  const show = useCallback(() => {
    clearTimeout(state.timer);
    state.timer = undefined;
    state.shownAt = Date.now();
    const overflown = state.waiting.overflown;
    const rows = state.waiting.take();
    for (const row of rows) state.flashes.set(row.runId, Date.now());
    const grown = change((pages) => inserted(pages, rows));
    if (overflown || (grown?.pages[0]?.workflows.length ?? 0) > FIRST_PAGE_MAX) void restart();
    redraw((count) => count + 1);
  }, [state, change, restart]);
  const showSoon = useCallback(() => {
    state.timer ??= setTimeout(show, Math.max(0, state.shownAt + CALM_MS - Date.now()));
  }, [state, show]);
  useEffect(() => {
    if (hold) clearTimeout(state.timer);
    if (hold) state.timer = undefined;
    else if (state.waiting.count > 0) showSoon();
  }, [hold, state, showSoon]);
  useEffect(() => () => clearTimeout(state.timer), [state]);
  const tell = (told: Change, pages: readonly WorkflowPage[]) => {
    const shown = new Map(rowsOf(pages).map((row) => [row.runId, row]));
    for (const row of told.workflows ?? []) {
      state.leaving.delete(row.runId);
      const had = shown.get(row.runId);
      if (had && (had.status !== row.status || had.historyLength !== row.historyLength))
        state.flashes.set(row.runId, Date.now());
    }
    change((before) => replaced(before, told.workflows ?? []));
    state.waiting.put(newRows(pages, told));
    state.waiting.drop(told.gone ?? []);
    leave(state, told.gone ?? [], shown, change);
    if (!hold && state.waiting.count > 0) showSoon();
    redraw((count) => count + 1);
  };
  return {
    tell,
    show,
    waiting: state.waiting.count,
    overflown: state.waiting.overflown,
    flashes: state.flashes,
    leaving: state.leaving,
  };
}

interface Arrivals {
  waiting: Waiting;
  /** By run: when it changed. */
  flashes: Map<string, number>;
  leaving: Set<string>;
  shownAt: number;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** `_key`: of other filters nothing is kept. */
function fresh(_key: readonly unknown[]): Arrivals {
  return { waiting: new Waiting(), flashes: new Map(), leaving: new Set(), shownAt: 0, timer: undefined };
}

function leave(
  state: Arrivals,
  gone: readonly string[],
  shown: ReadonlyMap<string, unknown>,
  change: (to: (pages: WorkflowPage[]) => WorkflowPage[]) => unknown,
): void {
  const leaving = gone.filter((runId) => shown.has(runId));
  if (leaving.length === 0) return;
  for (const runId of leaving) state.leaving.add(runId);
  setTimeout(() => {
    const still = leaving.filter((runId) => state.leaving.delete(runId));
    change((pages) => removed(pages, still));
  }, LEAVE_MS);
}
