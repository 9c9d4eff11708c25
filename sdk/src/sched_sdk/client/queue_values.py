"""What the engine tells of task queues and workers, as plain values."""

import datetime as dt
from dataclasses import dataclass

from sched_sdk.client.values import instant
from sched_sdk.proto.v1 import workflow_pb2


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerDescription:
    """One kind of one worker, connected to the engine that was asked. `kind`: workflow or activity."""

    identity: str
    session_id: str
    task_queue: str
    kind: str
    types: tuple[str, ...]
    build: str
    slots: int
    in_flight: int
    connected_at: dt.datetime | None
    streaming: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueKindDescription:
    """Tasks of one kind: how many wait, for how long the first has, how many are in hand, and who serves them."""

    backlog: int
    oldest_age: dt.timedelta
    in_flight: int
    workers: tuple[WorkerDescription, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskQueueDescription:
    """A task queue. One that nobody has used is empty; it needs no declaration."""

    task_queue: str
    workflow_tasks: QueueKindDescription
    activity_tasks: QueueKindDescription


def task_queue_of(name: str, message: workflow_pb2.DescribeTaskQueueResponse) -> TaskQueueDescription:
    """A task queue of the contract."""
    return TaskQueueDescription(
        task_queue=name,
        workflow_tasks=_kind(message.workflow_tasks),
        activity_tasks=_kind(message.activity_tasks),
    )


def worker_of(message: workflow_pb2.WorkerDescription) -> WorkerDescription:
    """A worker of the contract."""
    return WorkerDescription(
        identity=message.identity,
        session_id=message.session_id,
        task_queue=message.task_queue,
        kind=message.kind,
        types=tuple(message.types),
        build=message.build,
        slots=message.slots,
        in_flight=message.in_flight,
        connected_at=instant(message.connected_time_us),
        streaming=message.streaming,
    )


def _kind(message: workflow_pb2.QueueKindDescription) -> QueueKindDescription:
    return QueueKindDescription(
        backlog=message.backlog,
        oldest_age=dt.timedelta(seconds=message.oldest_age_seconds),
        in_flight=message.in_flight,
        workers=tuple(map(worker_of, message.workers)),
    )
