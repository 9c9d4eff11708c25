"""Write workflows and activities for sched, and run them in a worker. Needs no Django and no database.

The clients and the worker are loaded when they are first asked for: the server needs the messages alone.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sched_sdk.errors import (
    ActivityError,
    ApplicationError,
    ArgumentError,
    CanceledError,
    Cancelled,
    FailureError,
    NonDeterminismError,
    NotFound,
    PayloadError,
    SchedError,
    TimeoutError,  # noqa: A004
    WorkflowAlreadyStarted,
    WorkflowFailed,
)
from sched_sdk.registry import Registry
from sched_sdk.retry import RetryPolicy
from sched_sdk.workflow import AsyncWorkflowContext, Signal, WorkflowContext, WorkflowInfo

if TYPE_CHECKING:
    from sched_sdk.client import AsyncClient, AsyncWorkflowHandle, Client, WorkflowHandle, WorkflowStatus
    from sched_sdk.worker import ActivityContext, ActivityInfo, Worker

__version__ = "0.1.0"

__all__ = [
    "ActivityContext",
    "ActivityError",
    "ActivityInfo",
    "ApplicationError",
    "ArgumentError",
    "AsyncClient",
    "AsyncWorkflowContext",
    "AsyncWorkflowHandle",
    "CanceledError",
    "Cancelled",
    "Client",
    "FailureError",
    "NonDeterminismError",
    "NotFound",
    "PayloadError",
    "Registry",
    "RetryPolicy",
    "SchedError",
    "Signal",
    "TimeoutError",
    "Worker",
    "WorkflowAlreadyStarted",
    "WorkflowContext",
    "WorkflowFailed",
    "WorkflowHandle",
    "WorkflowInfo",
    "WorkflowStatus",
]

_LAZY = {
    "ActivityContext": "sched_sdk.worker",
    "ActivityInfo": "sched_sdk.worker",
    "AsyncClient": "sched_sdk.client",
    "AsyncWorkflowHandle": "sched_sdk.client",
    "Client": "sched_sdk.client",
    "Worker": "sched_sdk.worker",
    "WorkflowHandle": "sched_sdk.client",
    "WorkflowStatus": "sched_sdk.client",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)
