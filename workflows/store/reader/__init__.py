"""Reading: what has been committed, for everybody who decides nothing with it.

Plain functions over Django's connection, the same on both databases. They take no lock and open no transaction: a
description is put together from several statements, and a run that moves meanwhile may show a mixture of two moments.
No statement per row, and none whose cost grows with a history, but where it says so.
"""

from workflows.store.outcome import Outcome
from workflows.store.reader.damage import Unreadable, damaged
from workflows.store.reader.description import describe
from workflows.store.reader.executions import damage_of, find, resolve, workflow_ids
from workflows.store.reader.history import events, history, outcomes, recorded
from workflows.store.reader.listing import counts, id_prefixed, list_executions, position_of, totals
from workflows.store.reader.queues import queues, waiting_inboxes
from workflows.store.reader.values import (
    ActivityState,
    Description,
    Execution,
    Filters,
    PendingActivity,
    PendingSignal,
    PendingTimer,
    PendingWorkflowTask,
    Position,
    QueueLoad,
    Totals,
    WaitingInbox,
)

__all__ = [
    "ActivityState",
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
    "Totals",
    "Unreadable",
    "WaitingInbox",
    "counts",
    "damage_of",
    "damaged",
    "describe",
    "events",
    "find",
    "history",
    "id_prefixed",
    "list_executions",
    "outcomes",
    "position_of",
    "queues",
    "recorded",
    "resolve",
    "totals",
    "waiting_inboxes",
    "workflow_ids",
]
