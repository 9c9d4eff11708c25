"""The clients: `AsyncClient`, and `Client`, which drives it on an event loop of its own for code that blocks.

Guarantees: while the engine is away or sheds load a call is repeated, with the same request id, so a start or a signal
has one effect however often it was sent. Refusals are typed exceptions (`sched_sdk.refusals`).
"""

from sched_sdk.client.aio import AsyncClient
from sched_sdk.client.blocking import Client
from sched_sdk.client.handles import AsyncWorkflowHandle, WorkflowHandle
from sched_sdk.client.queue_values import TaskQueueDescription, WorkerDescription
from sched_sdk.client.values import WorkflowDescription, WorkflowExecution
from sched_sdk.client.vocabulary import WorkflowIdConflictPolicy, WorkflowIdReusePolicy, WorkflowStatus

__all__ = [
    "AsyncClient",
    "AsyncWorkflowHandle",
    "Client",
    "TaskQueueDescription",
    "WorkerDescription",
    "WorkflowDescription",
    "WorkflowExecution",
    "WorkflowHandle",
    "WorkflowIdConflictPolicy",
    "WorkflowIdReusePolicy",
    "WorkflowStatus",
]
