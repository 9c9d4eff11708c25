"""What workflow code meets: its context, its handles, its signals. For annotations; the worker makes the objects."""

from sched_sdk.replay.calls import ActivityOptions
from sched_sdk.replay.context import (
    AsyncWorkflowContext,
    AsyncWorkflowHandle,
    WorkflowContext,
    WorkflowHandle,
)
from sched_sdk.replay.info import Signal, WorkflowInfo

__all__ = [
    "ActivityOptions",
    "AsyncWorkflowContext",
    "AsyncWorkflowHandle",
    "Signal",
    "WorkflowContext",
    "WorkflowHandle",
    "WorkflowInfo",
]
