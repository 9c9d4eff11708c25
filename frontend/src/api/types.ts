/** Short names for the documents of REST. */
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Action = Schemas["ActionsEnum"];
export type Execution = Schemas["Execution"];
export type Description = Schemas["Description"];
export type Failure = Schemas["Failure"];
export type Pending = Schemas["Pending"];
export type HistoryPage = Schemas["HistoryPage"];
export type HistoryEvent = Schemas["Event"];
export type Counts = Schemas["Counts"];
export type Series = Schemas["Series"];
export type Window = Schemas["WindowEnum"];
export type TaskQueue = Schemas["TaskQueue"];
export type TaskQueueDescription = Schemas["TaskQueueDescription"];
export type Worker = Schemas["Worker"];
export type WorkflowPage = Schemas["WorkflowPage"];
export type AuditPage = Schemas["AuditPage"];
export type BulkOperation = Schemas["BulkOperation"];
export type BulkPage = Schemas["BulkPage"];
export type BulkPreview = Schemas["BulkPreview"];
export type BulkRequest = Schemas["BulkRequest"];
export type StartRequest = Schemas["Start"];
export type Started = Schemas["Started"];
export type Steered = Schemas["Steered"];
export type Retried = Schemas["Retried"];

/** `adminUrl` for whom the admin lets in. */
export type Me = Schemas["Me"] & { adminUrl?: string | null };

/** What needs an operator. */
export interface Attention {
  troubles: Trouble[];
}

export interface Trouble {
  /** `parked`, `queues`, `failing`, `returned`, `overdue`, `damaged` or `inbox`. */
  kind: string;
  title: string;
  found: number;
  /** There are more than were counted. */
  bounded: boolean;
  findings: Finding[];
}

/** About a run or about a task queue. */
export interface Finding {
  workflowId: string | null;
  runId: string | null;
  taskQueue: string | null;
  what: string;
  advice: string;
  since: string | null;
}
