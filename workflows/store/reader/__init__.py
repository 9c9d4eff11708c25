"""Reading: what has been committed, for everybody who decides nothing with it.

Plain functions over Django's connection, the same on both databases. They take no lock and open no transaction: a
description is put together from several statements, and a run that moves meanwhile may show a mixture of two moments.
No statement per row, and none whose cost grows with a history, but where it says so.
"""

from workflows.store.outcome import Outcome
from workflows.store.reader.counting import counted_after, counts, totals
from workflows.store.reader.damage import Unreadable, damaged
from workflows.store.reader.description import describe, has_activities
from workflows.store.reader.executions import damage_of, executions, find, resolve, workflow_ids
from workflows.store.reader.history import events, history, outcomes, recorded
from workflows.store.reader.listing import (
    id_prefixed,
    latest,
    list_executions,
    newest_runs,
    position_of,
    recent,
)
from workflows.store.reader.predicate import passes, passes_but_status
from workflows.store.reader.problems import problem_shown
from workflows.store.reader.queues import queues, waiting_inboxes
from workflows.store.reader.series import series
from workflows.store.reader.values import (
    ActivityState,
    Bucket,
    Counts,
    Description,
    Execution,
    Filters,
    PendingActivity,
    PendingSignal,
    PendingTimer,
    PendingWorkflowTask,
    Position,
    QueueLoad,
    Series,
    Totals,
    WaitingInbox,
    Worker,
)
from workflows.store.reader.workers import workers, workers_by_queue

__all__ = [
    "ActivityState",
    "Bucket",
    "Counts",
    "Description",
    "Execution",
    "Filters",
    "Outcome",
    "PendingActivity",
    "PendingSignal",
    "PendingTimer",
    "PendingWorkflowTask",
    "Position",
    "QueueLoad",
    "Series",
    "Totals",
    "Unreadable",
    "WaitingInbox",
    "Worker",
    "counted_after",
    "counts",
    "damage_of",
    "damaged",
    "describe",
    "events",
    "executions",
    "find",
    "has_activities",
    "history",
    "id_prefixed",
    "latest",
    "list_executions",
    "newest_runs",
    "outcomes",
    "passes",
    "passes_but_status",
    "position_of",
    "problem_shown",
    "queues",
    "recent",
    "recorded",
    "resolve",
    "series",
    "totals",
    "waiting_inboxes",
    "workers",
    "workers_by_queue",
    "workflow_ids",
]
