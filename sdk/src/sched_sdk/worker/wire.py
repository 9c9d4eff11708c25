"""The messages of the two kinds of work behind one shape, so that a stream and a poller are written once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol

from grpc import aio

from sched_sdk.proto.v1.worker_pb2 import (
    ActivityHeartbeat,
    ActivityHeartbeatReply,
    ActivityTask,
    ActivityTaskCompletion,
    CompletionAck,
    PollTaskRequest,
    StreamActivityTasksRequest,
    StreamActivityTasksResponse,
    StreamWorkflowTasksRequest,
    StreamWorkflowTasksResponse,
    Subscription,
    WorkflowTask,
    WorkflowTaskCompletion,
)
from sched_sdk.transport import Connection
from sched_sdk.worker.kinds import C_co, C_contra, T_co


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing(Generic[C_co]):
    """What a worker says in one message."""

    subscription: Subscription | None = None
    credits: int = 0
    completions: Sequence[C_co] = ()
    heartbeats: Sequence[ActivityHeartbeat] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming(Generic[T_co]):
    """What the engine says in one message."""

    tasks: Sequence[T_co]
    acks: Sequence[CompletionAck]
    heartbeats: Sequence[ActivityHeartbeatReply]
    draining: bool


class Talk(Protocol[T_co, C_contra]):
    """One open stream."""

    async def write(self, message: Outgoing[C_contra]) -> None:
        """Send; returns when there is room for the next."""
        ...

    async def read(self) -> Incoming[T_co] | None:
        """The next message; None at the end."""
        ...

    async def done_writing(self) -> None:
        """Nothing more will be sent."""
        ...

    def cancel(self) -> None:
        """End it at once."""
        ...


class Wire(Protocol[T_co, C_contra]):
    """The RPCs of one kind of work."""

    kind: str

    def open(self) -> Talk[T_co, C_contra]:
        """Open a stream."""
        ...

    async def poll(self, request: PollTaskRequest, *, seconds: float) -> T_co | None:
        """Wait for one task."""
        ...

    async def complete(self, completion: C_contra) -> CompletionAck:
        """Complete one task, repeating for as long as the engine is away."""
        ...


class WorkflowTalk:
    """An open StreamWorkflowTasks."""

    def __init__(self, connection: Connection) -> None:
        self._call: aio.StreamStreamCall[StreamWorkflowTasksRequest, StreamWorkflowTasksResponse] = (
            connection.workers.StreamWorkflowTasks(metadata=connection.metadata)
        )

    async def write(self, message: Outgoing[WorkflowTaskCompletion]) -> None:
        """Send."""
        request = StreamWorkflowTasksRequest(
            subscription=message.subscription, credits=message.credits, completions=message.completions
        )
        await self._call.write(request)

    async def read(self) -> Incoming[WorkflowTask] | None:
        """Receive."""
        response = await self._call.read()
        if not isinstance(response, StreamWorkflowTasksResponse):
            return None
        return Incoming(tasks=response.tasks, acks=response.acks, heartbeats=(), draining=response.draining)

    async def done_writing(self) -> None:
        """Half-close."""
        await self._call.done_writing()

    def cancel(self) -> None:
        """Cancel."""
        self._call.cancel()


class ActivityTalk:
    """An open StreamActivityTasks."""

    def __init__(self, connection: Connection) -> None:
        self._call: aio.StreamStreamCall[StreamActivityTasksRequest, StreamActivityTasksResponse] = (
            connection.workers.StreamActivityTasks(metadata=connection.metadata)
        )

    async def write(self, message: Outgoing[ActivityTaskCompletion]) -> None:
        """Send."""
        request = StreamActivityTasksRequest(
            subscription=message.subscription,
            credits=message.credits,
            completions=message.completions,
            heartbeats=message.heartbeats,
        )
        await self._call.write(request)

    async def read(self) -> Incoming[ActivityTask] | None:
        """Receive."""
        response = await self._call.read()
        if not isinstance(response, StreamActivityTasksResponse):
            return None
        return Incoming(
            tasks=response.tasks,
            acks=response.acks,
            heartbeats=response.heartbeats,
            draining=response.draining,
        )

    async def done_writing(self) -> None:
        """Half-close."""
        await self._call.done_writing()

    def cancel(self) -> None:
        """Cancel."""
        self._call.cancel()


class WorkflowWire:
    """The RPCs for workflow tasks."""

    kind = "workflow"

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def open(self) -> WorkflowTalk:
        """Open a stream."""
        return WorkflowTalk(self._connection)

    async def poll(self, request: PollTaskRequest, *, seconds: float) -> WorkflowTask | None:
        """Wait for one task."""
        method = self._connection.workers.PollWorkflowTask
        response = await method(request, timeout=seconds, metadata=self._connection.metadata)
        return response.task if response.HasField("task") else None

    async def complete(self, completion: WorkflowTaskCompletion) -> CompletionAck:
        """Complete one task."""
        return await self._connection.call(
            self._connection.workers.CompleteWorkflowTask, completion, retry_for=None
        )


class ActivityWire:
    """The RPCs for activity tasks."""

    kind = "activity"

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def open(self) -> ActivityTalk:
        """Open a stream."""
        return ActivityTalk(self._connection)

    async def poll(self, request: PollTaskRequest, *, seconds: float) -> ActivityTask | None:
        """Wait for one task."""
        method = self._connection.workers.PollActivityTask
        response = await method(request, timeout=seconds, metadata=self._connection.metadata)
        return response.task if response.HasField("task") else None

    async def complete(self, completion: ActivityTaskCompletion) -> CompletionAck:
        """Complete one task."""
        return await self._connection.call(
            self._connection.workers.CompleteActivityTask, completion, retry_for=None
        )

    async def heartbeat(self, heartbeat: ActivityHeartbeat) -> ActivityHeartbeatReply:
        """Record one heartbeat or renewal, tried once: the next one is never far."""
        method = self._connection.workers.RecordActivityHeartbeat
        return await method(heartbeat, timeout=HEARTBEAT_CALL_SECONDS, metadata=self._connection.metadata)


HEARTBEAT_CALL_SECONDS = 5.0
