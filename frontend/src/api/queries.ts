/** What pages read: a key and a call for each document of REST, and how often it is read again. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { call, type Query } from "./http";
import type {
  Action,
  Attention,
  AuditPage,
  BulkOperation,
  BulkPage,
  Counts,
  Description,
  Me,
  Pending,
  Series,
  TaskQueue,
  TaskQueueDescription,
  Window,
  Worker,
  WorkflowPage,
} from "./types";

/** How often a page reads what no subscription tells. */
const LOOK_AGAIN_MS = 5_000;

/** Again and again, once it was read: what failed from the start says so until somebody asks, or the connection is back. */
const every = (ms: number) => (query: { state: { data: unknown } }) =>
  query.state.data === undefined ? false : ms;

export const keys = {
  me: ["me"],
  list: (filters: Query) => ["workflows", filters],
  counts: (filters: Query) => ["counts", filters],
  workflow: (id: string, runId?: string) => ["workflow", id, runId ?? ""],
  pending: (id: string, runId?: string) => ["pending", id, runId ?? ""],
  history: (id: string, runId?: string) => ["history", id, runId ?? ""],
  stats: (window: Window) => ["stats", window],
  queues: ["queues"],
  queue: (name: string) => ["queues", name],
  workers: (taskQueue?: string) => ["workers", taskQueue ?? ""],
  attention: ["attention"],
  audit: (filters: Query) => ["audit", filters],
  bulk: ["bulk"],
  bulkOf: (id: number) => ["bulk", id],
} as const;

export const pathOf = (id: string, part = "") => `workflows/${encodeURIComponent(id)}${part}`;

export const meQuery = queryOptions({
  queryKey: keys.me,
  queryFn: ({ signal }) => call<Me>("GET", "me", { signal }),
  staleTime: 60_000,
});

export const countsQuery = (filters: Query) =>
  queryOptions({
    queryKey: keys.counts(filters),
    queryFn: ({ signal }) => call<Counts>("GET", "workflows/counts", { query: filters, signal }),
  });

export const pageOfWorkflows = (filters: Query, signal?: AbortSignal) =>
  call<WorkflowPage>("GET", "workflows", { query: filters, ...(signal ? { signal } : {}) });

export const workflowQuery = (id: string, runId?: string) =>
  queryOptions({
    queryKey: keys.workflow(id, runId),
    queryFn: ({ signal }) => call<Description>("GET", pathOf(id), { query: { runId }, signal }),
  });

export const pendingQuery = (id: string, runId?: string) =>
  queryOptions({
    queryKey: keys.pending(id, runId),
    queryFn: ({ signal }) => call<Pending>("GET", pathOf(id, "/pending"), { query: { runId }, signal }),
  });

export const statsQuery = (window: Window) =>
  queryOptions({
    queryKey: keys.stats(window),
    queryFn: ({ signal }) => call<Series>("GET", "stats", { query: { window }, signal }),
    refetchInterval: every(LOOK_AGAIN_MS),
  });

export const queuesQuery = queryOptions({
  queryKey: keys.queues,
  queryFn: ({ signal }) => call<{ taskQueues: TaskQueue[] }>("GET", "task-queues", { signal }),
  refetchInterval: every(LOOK_AGAIN_MS),
});

export const queueQuery = (name: string) =>
  queryOptions({
    queryKey: keys.queue(name),
    queryFn: ({ signal }) =>
      call<TaskQueueDescription>("GET", `task-queues/${encodeURIComponent(name)}`, { signal }),
    refetchInterval: every(LOOK_AGAIN_MS),
  });

export const workersQuery = (taskQueue?: string) =>
  queryOptions({
    queryKey: keys.workers(taskQueue),
    queryFn: ({ signal }) => call<{ workers: Worker[] }>("GET", "workers", { query: { taskQueue }, signal }),
    refetchInterval: every(LOOK_AGAIN_MS),
  });

export const attentionQuery = queryOptions({
  queryKey: keys.attention,
  queryFn: ({ signal }) => call<Attention>("GET", "attention", { signal }),
  refetchInterval: every(3 * LOOK_AGAIN_MS),
});

export const auditPage = (filters: Query, signal?: AbortSignal) =>
  call<AuditPage>("GET", "audit", { query: filters, ...(signal ? { signal } : {}) });

export const bulkQuery = queryOptions({
  queryKey: keys.bulk,
  queryFn: ({ signal }) => call<BulkPage>("GET", "bulk", { signal }),
  refetchInterval: every(LOOK_AGAIN_MS),
});

export const bulkOfQuery = (id: number) =>
  queryOptions({
    queryKey: keys.bulkOf(id),
    queryFn: ({ signal }) => call<BulkOperation>("GET", `bulk/${id}`, { signal }),
    refetchInterval: every(LOOK_AGAIN_MS),
  });

/** Who looks. Until that is known nobody may do anything: controls appear, they do not vanish under a finger. */
export function useMe(): { me: Me | undefined; may(action: Action): boolean } {
  const { data } = useQuery(meQuery);
  return { me: data, may: (action) => data?.actions.includes(action) ?? false };
}
