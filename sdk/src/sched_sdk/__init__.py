"""Write workflows and activities for sched, and run them in a worker. Needs no Django and no database."""

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

__version__ = "0.1.0"

__all__ = [
    "ActivityError",
    "ApplicationError",
    "ArgumentError",
    "AsyncWorkflowContext",
    "CanceledError",
    "Cancelled",
    "FailureError",
    "NonDeterminismError",
    "NotFound",
    "PayloadError",
    "Registry",
    "RetryPolicy",
    "SchedError",
    "Signal",
    "TimeoutError",
    "WorkflowAlreadyStarted",
    "WorkflowContext",
    "WorkflowFailed",
    "WorkflowInfo",
]
