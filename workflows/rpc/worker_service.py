"""The service for workers: two streams, and the same by long poll and unary calls."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import grpc
from sched_sdk.proto.v1 import worker_pb2 as pb
from sched_sdk.proto.v1 import worker_pb2_grpc

from timers.clock import Clock
from workflows.codec.values import payload_of
from workflows.core.keys import DEFAULT_NAMESPACE, QueueKey, TaskKind
from workflows.core.transition import Reply
from workflows.points import Point, reach
from workflows.rpc.acks import ack_of
from workflows.rpc.completions import GivenBack, hand_in, read_activity, read_turn
from workflows.rpc.heartbeats import heartbeat_replies
from workflows.rpc.refusals import abort, answered, refusal_of, status_of
from workflows.rpc.requests import wait_error
from workflows.rpc.tasks import task_message
from workflows.rpc.tokens import Tokens
from workflows.rpc.worker_stream import WorkerStream
from workflows.service import limits
from workflows.service.desk import Completion, Desk, Duplicate
from workflows.service.errors import FieldError, Invalid
from workflows.service.handback import Why
from workflows.service.matching import Matching
from workflows.service.sessions import Sessions
from workflows.service.subscription import Subscription
from workflows.store.claimer import Handout

POLL_SECONDS_MAX = 60.0
POLL_SECONDS = 20.0
"""Of a poll that names no time."""
SLOTS_MAX = 1_000_000
TYPES_MAX = 10_000
"""Of one worker: they are kept as long as it is connected, and shown in every list of workers."""
PLACE_RULE = "must be in the first message, and only there"
type Context = grpc.aio.ServicerContext[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerDoor:
    """What the service stands on."""

    desk: Desk
    matching: Matching
    sessions: Sessions
    tokens: Tokens
    clock: Clock


class WorkerServicer(worker_pb2_grpc.WorkerServiceServicer):
    """See protos/sched/v1/worker.proto."""

    def __init__(self, door: WorkerDoor) -> None:
        self._door = door
        self._streams: set[WorkerStream[Any, Any]] = set()
        self._polls: set[asyncio.Future[Handout | None]] = set()
        self._draining = False

    def drain(self) -> None:
        """Tell every connected worker that this engine is about to stop; polls end without a task."""
        self._draining = True
        for stream in self._streams:
            stream.drain()
        for poll in self._polls:
            if not poll.done():
                poll.set_result(None)

    async def StreamWorkflowTasks(
        self, request_iterator: AsyncIterator[pb.StreamWorkflowTasksRequest], context: Context
    ) -> AsyncIterator[pb.StreamWorkflowTasksResponse]:
        stream = self._stream(pb.StreamWorkflowTasksResponse, read_turn)
        async for response in self._serve(TaskKind.WORKFLOW, stream, request_iterator, context):
            yield response

    async def StreamActivityTasks(
        self, request_iterator: AsyncIterator[pb.StreamActivityTasksRequest], context: Context
    ) -> AsyncIterator[pb.StreamActivityTasksResponse]:
        stream = self._stream(pb.StreamActivityTasksResponse, read_activity)
        async for response in self._serve(TaskKind.ACTIVITY, stream, request_iterator, context):
            yield response

    @answered
    async def PollWorkflowTask(
        self, request: pb.PollTaskRequest, context: Context
    ) -> pb.PollWorkflowTaskResponse:
        task = await self._poll(TaskKind.WORKFLOW, request)
        return pb.PollWorkflowTaskResponse(task=task)  # type: ignore[arg-type]

    @answered
    async def PollActivityTask(
        self, request: pb.PollTaskRequest, context: Context
    ) -> pb.PollActivityTaskResponse:
        task = await self._poll(TaskKind.ACTIVITY, request)
        return pb.PollActivityTaskResponse(task=task)  # type: ignore[arg-type]

    @answered
    async def CompleteWorkflowTask(
        self, request: pb.WorkflowTaskCompletion, context: Context
    ) -> pb.CompletionAck:
        return await self._complete(read_turn(request, self._door.tokens), request.ByteSize(), context)

    @answered
    async def CompleteActivityTask(
        self, request: pb.ActivityTaskCompletion, context: Context
    ) -> pb.CompletionAck:
        return await self._complete(read_activity(request, self._door.tokens), request.ByteSize(), context)

    @answered
    async def RecordActivityHeartbeat(
        self, request: pb.ActivityHeartbeat, context: Context
    ) -> pb.ActivityHeartbeatReply:
        self._door.tokens.read(request.token)
        limits.require(limits.payload_error("details", payload_of(request.details)))
        (reply,) = await heartbeat_replies(self._door.desk, [request], self._door.tokens)
        return reply

    def _stream[Response](
        self, response: type[Response], read: Callable[[Any, Tokens], Completion | GivenBack]
    ) -> WorkerStream[Any, Response]:
        door = self._door
        return WorkerStream(
            response=response, read=read, desk=door.desk, matching=door.matching, tokens=door.tokens
        )

    async def _serve[Response](
        self,
        kind: TaskKind,
        stream: WorkerStream[Any, Response],
        requests: AsyncIterator[Any],
        context: Context,
    ) -> AsyncIterator[Response]:
        try:
            first = await anext(requests, None)
            if first is None:
                return
            _expect_subscription(first, PLACE_RULE)
            stream.subscription = self._subscription(kind, first.subscription, stream.deliver, streaming=True)
        except Invalid as error:
            await abort(context, error)
        self._door.sessions.connect(stream.subscription)
        self._streams.add(stream)
        if self._draining:
            stream.drain()
        receiving = asyncio.ensure_future(stream.receive(_chained(first, requests)))
        try:
            async for response in stream.responses():
                yield response
        finally:
            receiving.cancel()
            self._streams.discard(stream)
            self._door.sessions.disconnect(stream.subscription)
            (ended,) = await asyncio.gather(receiving, return_exceptions=True)
        if isinstance(ended, Invalid):
            await abort(context, ended)

    async def _poll(self, kind: TaskKind, request: pb.PollTaskRequest) -> object:
        """A stream with one credit: one task, or none in the time."""
        arrived: asyncio.Future[Handout | None] = asyncio.get_running_loop().create_future()

        def deliver(handouts: Sequence[Handout]) -> None:
            if not arrived.done():  # else the engine drains, and what came too late is handed back below
                arrived.set_result(handouts[0])

        _expect_subscription(request, "is required: it says what the worker serves")
        subscription = self._subscription(kind, request.subscription, deliver, streaming=False)
        limits.require(wait_error(request.wait_seconds))
        if self._draining:
            return None
        seconds = min(request.wait_seconds or POLL_SECONDS, POLL_SECONDS_MAX)
        self._door.matching.subscribe(subscription)
        self._door.matching.grant(subscription, 1)
        self._polls.add(arrived)
        try:
            await asyncio.wait([arrived], timeout=seconds)
        except asyncio.CancelledError:
            # The caller is gone; what was handed to it goes to another.
            await self._give_back(subscription)
            raise
        finally:
            self._polls.discard(arrived)
            self._door.matching.unsubscribe(subscription)
        handout = arrived.result() if arrived.done() else None
        if handout is None:
            await self._give_back(subscription)
            return None
        reach(Point.POLL_ANSWERED)
        return task_message(handout, self._door.tokens)

    async def _give_back(self, subscription: Subscription) -> None:
        """What was handed to a poll that does not answer with it."""
        held = list(subscription.held.items())
        if held:
            await asyncio.shield(self._door.desk.give_back(held, Why.DRAIN, ""))

    async def _complete(self, given: Completion | GivenBack, size: int, context: Context) -> pb.CompletionAck:
        future: asyncio.Future[Reply | Duplicate | BaseException] = asyncio.get_running_loop().create_future()

        def on_answer(reply: Reply | Duplicate | BaseException) -> None:
            if not future.done():  # the caller may be gone
                future.set_result(reply)

        await hand_in(self._door.desk, given, on_answer, size=size)
        reply = await future
        if isinstance(reply, BaseException):
            await context.abort_with_status(status_of(refusal_of(reply)))
        return ack_of(0, reply)

    def _subscription(
        self,
        kind: TaskKind,
        asked: pb.Subscription,
        deliver: Callable[[Sequence[Handout]], None],
        *,
        streaming: bool,
    ) -> Subscription:
        queue = asked.task_queue or "default"
        namespace = asked.namespace or DEFAULT_NAMESPACE
        limits.require(
            limits.identifier_error("subscription.task_queue", queue),
            limits.identifier_error("subscription.namespace", namespace),
            limits.text_error("subscription.identity", asked.identity, limits.IDENTITY_MAX),
            limits.text_error("subscription.session_id", asked.session_id, limits.IDENTITY_MAX),
            limits.text_error("subscription.build", asked.build, limits.IDENTITY_MAX),
            None
            if 0 <= asked.slots <= SLOTS_MAX
            else FieldError("subscription.slots", str(asked.slots), f"must be 0 to {SLOTS_MAX}"),
            None
            if len(asked.types) <= TYPES_MAX
            else FieldError(
                "subscription.types", f"{len(asked.types)} types", f"must be at most {TYPES_MAX}"
            ),
            *(limits.name_error(f"subscription.types[{n}]", name) for n, name in enumerate(asked.types)),
        )
        return Subscription(
            queue=QueueKey(namespace, kind, queue),
            identity=asked.identity,
            session=asked.session_id,
            types=tuple(asked.types),
            build=asked.build,
            slots=asked.slots,
            streaming=streaming,
            connected_at=self._door.clock.now(),
            deliver=deliver,
        )


def _expect_subscription(message: Any, rule: str) -> None:
    if not message.HasField("subscription"):
        raise Invalid([FieldError("subscription", "", rule)])


async def _chained(first: Any, rest: AsyncIterator[Any]) -> AsyncIterator[Any]:
    yield first
    async for each in rest:
        if each.HasField("subscription"):
            raise Invalid([FieldError("subscription", "", PLACE_RULE)])
        yield each
