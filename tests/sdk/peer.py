"""An engine's side of the protocol, driven by a test: it hands out the tasks it is told to, and keeps what it hears.

It is the other process of the conversation, over real gRPC, and no more: it decides nothing. Everything runs on the
test's event loop; `until` waits for what the worker or client does, and fails with what was asked for.
"""

import asyncio
import itertools
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.rpc import error_details_pb2, status_pb2  # type: ignore[import-untyped]
from grpc import aio
from sched_sdk.client.calls import STREAMED
from sched_sdk.proto.v1 import worker_pb2, worker_pb2_grpc, workflow_pb2, workflow_pb2_grpc
from sched_sdk.proto.v1.common_pb2 import Payload
from sched_sdk.proto.v1.history_pb2 import ActivityTaskScheduled, HistoryEvent, WorkflowExecutionStarted

PATIENCE_SECONDS = 10.0
OPTIONS = (
    ("grpc.max_receive_message_length", 64 * 1024 * 1024),
    ("grpc.max_send_message_length", 64 * 1024 * 1024),
    ("grpc.so_reuseport", 0),
)
LEASE_US = 30_000_000


class Stream:
    """One stream of a worker, as the engine sees it."""

    def __init__(self, peer: "Peer", kind: str, context: Any) -> None:
        self.peer = peer
        self.kind = kind
        self.context = context
        self.subscription: worker_pb2.Subscription | None = None
        self.requests: list[Any] = []
        self.credits = 0
        self.half_closed = False
        self.outgoing: asyncio.Queue[Any] = asyncio.Queue()

    @property
    def response(self) -> Any:
        kind = self.kind
        return (
            worker_pb2.StreamWorkflowTasksResponse
            if kind == "workflow"
            else worker_pb2.StreamActivityTasksResponse
        )

    def send(self, **fields: Any) -> None:
        self.outgoing.put_nowait(self.response(**fields))

    def cut(self, code: grpc.StatusCode = grpc.StatusCode.UNAVAILABLE) -> None:
        """Break the stream as a dying engine does."""
        self.outgoing.put_nowait(code)

    def hear(self, request: Any) -> None:
        self.requests.append(request)
        if request.HasField("subscription"):
            self.subscription = request.subscription
            self.peer.subscriptions.append(request.subscription)
        self.credits += request.credits
        for heartbeat in getattr(request, "heartbeats", ()):
            self.send(heartbeats=[self.peer.answer_heartbeat(heartbeat)])
        for completion in request.completions:
            ack = self.peer.take(self.kind, completion)
            if ack is not None:
                self.send(acks=[ack])
        self.hand_out()

    def hand_out(self) -> None:
        tasks = self.peer.tasks[self.kind]
        while tasks and self.credits > 0:
            self.credits -= 1
            self.send(tasks=[tasks.popleft()])

    async def serve(self, requests: AsyncIterator[Any]) -> AsyncIterator[Any]:
        listening = asyncio.ensure_future(self._listen(requests))
        try:
            while (item := await self.outgoing.get()) is not None:
                if isinstance(item, grpc.StatusCode):
                    await self.context.abort(item, "cut by the test")
                yield item
        finally:
            listening.cancel()
            self.peer.streams.remove(self)
            self.peer.changed()

    async def _listen(self, requests: AsyncIterator[Any]) -> None:
        async for request in requests:
            self.hear(request)
            self.peer.changed()
        self.half_closed = True
        self.outgoing.put_nowait(None)


class RefusedCall(Exception):
    """A call on a stream is refused; `error` says how."""

    def __init__(self, error: workflow_pb2.CallError) -> None:
        super().__init__(error.message)
        self.error = error


class CallContext:
    """Of one call on a stream, as of a unary one."""

    def __init__(self, context: Any) -> None:
        self.invocation_metadata = context.invocation_metadata

    async def abort(self, code: grpc.StatusCode, message: str, metadata: Any = ()) -> None:
        details = [each for _, value in metadata for each in status_pb2.Status.FromString(value).details]
        error = workflow_pb2.CallError(code=code.value[0], message=message, details=details)
        raise RefusedCall(error)


class Peer:
    """What a test tells the engine to do, and what it heard."""

    streams_calls = True
    """False: as an engine that has no StreamCalls."""

    def __init__(self) -> None:
        self.tasks: dict[str, deque[Any]] = {"workflow": deque(), "activity": deque()}
        self.completions: list[Any] = []
        self.heartbeats: list[worker_pb2.ActivityHeartbeat] = []
        self.subscriptions: list[worker_pb2.Subscription] = []
        self.streams: list[Stream] = []
        self.polls = 0
        self.begun = 0  # counted by activities of the test
        self.acks: Callable[[Any], worker_pb2.CompletionAck | None] = acknowledge
        self.verdicts: dict[bytes, dict[str, bool]] = {}
        self.failures: deque[tuple[grpc.StatusCode, list[Any]]] = deque()
        self.answers: dict[str, deque[Any]] = {}
        self.requests: list[Any] = []
        self.metadata: list[dict[str, Any]] = []
        self.call_streams: list[asyncio.Queue[Any]] = []
        """Of each open one, what is to go out: a response, or the status that ends it."""
        self.call_messages: list[workflow_pb2.StreamCallsRequest] = []
        self.silent = False
        """No call on a stream is answered."""
        self.lingers = False
        """A stream of calls that its client has closed is ended by the test."""
        self.address = ""
        self._server: aio.Server | None = None
        self._waiters: list[asyncio.Future[None]] = []

    async def start(self, port: int = 0, *, credentials: grpc.ServerCredentials | None = None) -> None:
        servicer: Any = self  # half of its methods are set below, by name
        self._server = aio.server(options=OPTIONS)
        worker_pb2_grpc.add_WorkerServiceServicer_to_server(servicer, self._server)
        workflow_pb2_grpc.add_WorkflowServiceServicer_to_server(servicer, self._server)
        address = f"127.0.0.1:{port}"
        if credentials is None:
            bound = self._server.add_insecure_port(address)
        else:
            bound = self._server.add_secure_port(address, credentials)
        self.address = f"127.0.0.1:{bound}"
        await self._server.start()

    async def stop(self) -> None:
        assert self._server is not None
        await self._server.stop(None)

    def changed(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def change(self) -> None:
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        await waiter

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until the condition holds; looked at whenever the other side said something."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not condition():
                await self.change()

    def give(self, kind: str, *tasks: Any) -> None:
        self.tasks[kind].extend(tasks)
        for stream in self.streams:
            if stream.kind == kind:
                stream.hand_out()
        self.changed()

    def stream(self, kind: str) -> Stream:
        (stream,) = (stream for stream in self.streams if stream.kind == kind and stream.subscription)
        return stream

    def has_stream(self, kind: str) -> bool:
        return any(stream.kind == kind and stream.subscription for stream in self.streams)

    def take(self, kind: str, completion: Any) -> worker_pb2.CompletionAck | None:
        copy = type(completion)()
        copy.CopyFrom(completion)
        self.completions.append(copy)
        self.changed()
        return self.acks(copy)

    def answer_heartbeat(self, heartbeat: worker_pb2.ActivityHeartbeat) -> worker_pb2.ActivityHeartbeatReply:
        copy = worker_pb2.ActivityHeartbeat()
        copy.CopyFrom(heartbeat)
        self.heartbeats.append(copy)
        self.changed()
        return worker_pb2.ActivityHeartbeatReply(
            token=heartbeat.token, **self.verdicts.get(heartbeat.token, {})
        )

    # What gRPC calls.

    async def StreamWorkflowTasks(self, request_iterator: Any, context: Any) -> Any:  # noqa: N802
        async for response in self._stream("workflow", request_iterator, context):
            yield response

    async def StreamActivityTasks(self, request_iterator: Any, context: Any) -> Any:  # noqa: N802
        async for response in self._stream("activity", request_iterator, context):
            yield response

    async def _stream(self, kind: str, requests: Any, context: Any) -> AsyncIterator[Any]:
        await self._fail_if_told(context)
        stream = Stream(self, kind, context)
        self.streams.append(stream)
        async for response in stream.serve(requests):
            yield response

    async def PollWorkflowTask(self, request: Any, context: Any) -> Any:  # noqa: N802
        return worker_pb2.PollWorkflowTaskResponse(task=await self._poll("workflow", request, context))

    async def PollActivityTask(self, request: Any, context: Any) -> Any:  # noqa: N802
        return worker_pb2.PollActivityTaskResponse(task=await self._poll("activity", request, context))

    async def _poll(self, kind: str, request: Any, context: Any) -> Any:
        await self._fail_if_told(context)
        self.subscriptions.append(request.subscription)
        self.polls += 1
        self.changed()
        try:
            async with asyncio.timeout(request.wait_seconds):
                while not self.tasks[kind]:
                    await self.change()
            return self.tasks[kind].popleft()
        except TimeoutError:
            return None
        finally:
            self.polls -= 1

    async def CompleteWorkflowTask(self, request: Any, context: Any) -> Any:  # noqa: N802
        await self._fail_if_told(context)
        return self.take("workflow", request) or worker_pb2.CompletionAck()

    async def CompleteActivityTask(self, request: Any, context: Any) -> Any:  # noqa: N802
        await self._fail_if_told(context)
        return self.take("activity", request) or worker_pb2.CompletionAck()

    async def RecordActivityHeartbeat(self, request: Any, context: Any) -> Any:  # noqa: N802
        return self.answer_heartbeat(request)

    async def StreamCalls(self, request_iterator: Any, context: Any) -> Any:  # noqa: N802
        if not self.streams_calls:
            await context.abort(grpc.StatusCode.UNIMPLEMENTED, "no such method")
        outgoing: asyncio.Queue[Any] = asyncio.Queue()
        self.call_streams.append(outgoing)
        listening = asyncio.ensure_future(self._hear_calls(request_iterator, outgoing, CallContext(context)))
        try:
            while (item := await outgoing.get()) is not None:
                if isinstance(item, grpc.StatusCode):
                    await context.abort(item, "cut by the test")
                yield item
        finally:
            listening.cancel()
            self.call_streams.remove(outgoing)
            self.changed()

    async def _hear_calls(self, requests: Any, outgoing: Any, context: Any) -> None:
        async for request in requests:
            self.call_messages.append(request)
            self.changed()
            if not self.silent:
                answers = [await self._answer_call(call, context) for call in request.calls]
                outgoing.put_nowait(workflow_pb2.StreamCallsResponse(answers=answers))
        if not self.lingers:
            outgoing.put_nowait(None)

    async def _answer_call(self, call: workflow_pb2.Call, context: Any) -> workflow_pb2.CallAnswer:
        kind = call.WhichOneof("request") or ""
        (method,) = (name for name, its_kind in STREAMED.items() if its_kind == kind)
        try:
            found = await self._answer(method, getattr(call, kind), context)
        except RefusedCall as refused:
            return workflow_pb2.CallAnswer(id=call.id, error=refused.error)
        return workflow_pb2.CallAnswer(id=call.id, **{kind: found})

    async def _fail_if_told(self, context: Any) -> None:
        if self.failures:
            code, details = self.failures.popleft()
            self.changed()
            await abort(context, code, details)

    async def _answer(self, method: str, request: Any, context: Any) -> Any:
        self.requests.append(request)
        self.metadata.append(dict(context.invocation_metadata()))
        self.changed()
        await self._fail_if_told(context)
        answers = self.answers.get(method)
        assert answers, f"the test has no answer for {method}"
        return answers[0] if len(answers) == 1 else answers.popleft()

    def script(self, method: str, *answers: Any) -> None:
        """What a client call answers; the last one for ever."""
        self.answers[method] = deque(answers)


def _client_method(name: str) -> Any:
    async def method(self: Peer, request: Any, context: Any) -> Any:
        return await self._answer(name, request, context)

    return method


for _name in workflow_pb2.DESCRIPTOR.services_by_name["WorkflowService"].methods_by_name:
    if _name != "StreamCalls":
        setattr(Peer, _name, _client_method(_name))


async def abort(context: Any, code: grpc.StatusCode, details: list[Any]) -> None:
    """Refuse with details as the engine does."""
    status = status_pb2.Status(code=code.value[0], message="refused by the test")
    for detail in details:
        packed = any_pb2.Any()
        packed.Pack(detail)
        status.details.append(packed)
    metadata = (("grpc-status-details-bin", status.SerializeToString()),) if details else ()
    await context.abort(code, "refused by the test", metadata)


def reason(name: str, **metadata: str) -> Any:
    return error_details_pb2.ErrorInfo(reason=name, domain="sched", metadata=metadata)


def retry_after(milliseconds: int) -> Any:
    return error_details_pb2.RetryInfo(retry_delay=duration_pb2.Duration(nanos=milliseconds * 1_000_000))


def bad_field(field: str, rule: str) -> Any:
    violation = error_details_pb2.BadRequest.FieldViolation(field=field, description=rule)
    return error_details_pb2.BadRequest(field_violations=[violation])


def acknowledge(completion: Any) -> worker_pb2.CompletionAck:
    return worker_pb2.CompletionAck(id=completion.id)


def keep_silent(_completion: Any) -> None:
    """An engine that never acknowledges."""
    return


@asynccontextmanager
async def peer_engine() -> AsyncIterator[Peer]:
    peer = Peer()
    await peer.start()
    try:
        yield peer
    finally:
        await peer.stop()


_numbers = itertools.count(1)


def payload(text: str) -> Payload:
    return Payload(data=text.encode())


def activity_task(
    activity: str,
    input_: str = "null",
    *,
    heartbeat_timeout_us: int = 0,
    lease_us: int = LEASE_US,
    attempt: int = 1,
    **fields: Any,
) -> worker_pb2.ActivityTask:
    number = next(_numbers)
    scheduled = HistoryEvent(
        number=3,
        activity_task_scheduled=ActivityTaskScheduled(
            activity_type=activity, input=payload(input_), heartbeat_timeout_us=heartbeat_timeout_us
        ),
    )
    return worker_pb2.ActivityTask(
        token=f"activity-{number}".encode(),
        workflow_id="order-1",
        run_id="run-1",
        workflow_type="Order",
        task_queue="default",
        scheduled=3,
        attempt=attempt,
        delivery=1,
        scheduled_event=scheduled.SerializeToString(),
        lease_us=lease_us,
        **fields,
    )


def started_event(workflow_type: str, input_: str = "null") -> HistoryEvent:
    return HistoryEvent(
        number=1,
        time_us=1_700_000_000_000_000,
        workflow_execution_started=WorkflowExecutionStarted(
            workflow_id="order-1",
            run_id="0190a0a0-0000-7000-8000-000000000001",
            workflow_type=workflow_type,
            task_queue="default",
            input=payload(input_),
        ),
    )


def workflow_task(workflow_type: str, *events: HistoryEvent, first_event: int = 1, **fields: Any) -> Any:
    given = events or (started_event(workflow_type),)
    return worker_pb2.WorkflowTask(
        token=f"workflow-{next(_numbers)}".encode(),
        workflow_id="order-1",
        run_id="0190a0a0-0000-7000-8000-000000000001",
        workflow_type=workflow_type,
        task_queue="default",
        turn=1,
        delivery=1,
        first_event=first_event,
        seen_through=fields.pop("seen_through", given[-1].number),
        events=[event.SerializeToString() for event in given],
        lease_us=10_000_000,
        **fields,
    )
