"""The asynchronous client: everything that a client can do, written once."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypedDict, TypeVar, Unpack

from sched_sdk import clock, converter, logs, tracing
from sched_sdk.arguments import check_is, check_options, check_text, check_whole
from sched_sdk.client import requests
from sched_sdk.client.calls import Calls
from sched_sdk.client.handles import AsyncWorkflowHandle
from sched_sdk.client.queue_values import TaskQueueDescription, WorkerDescription, task_queue_of, worker_of
from sched_sdk.client.reads import Reads
from sched_sdk.client.requests import ListFilters, StartOptions
from sched_sdk.client.values import (
    WorkflowDescription,
    WorkflowExecution,
    description_of,
    execution_of,
    outcome_of,
)
from sched_sdk.durations import Duration, as_microseconds, optional_microseconds
from sched_sdk.errors import ArgumentError
from sched_sdk.proto.v1 import common_pb2, workflow_pb2
from sched_sdk.proto.v1.history_pb2 import HistoryEvent
from sched_sdk.registry import Registry, check_identifier
from sched_sdk.settings import SLOTS_MAX, Settings, Tls, parse_address, parse_api_key, parse_identifier
from sched_sdk.transport import CALL_SECONDS, RETRY_FOR, Connection, Target, default_identity, repeated
from sched_sdk.worker import Worker, WorkerOptions

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


class ClientOptions(TypedDict, total=False):
    """The keyword arguments of a client; what is not given is read from the environment, or has its default."""

    task_queue: str | None
    namespace: str
    identity: str | None
    api_key: str | None
    tls: Tls | None
    retry_for: Duration
    call_timeout: Duration
    registry: Registry


class WorkerArguments(TypedDict, total=False):
    """The keyword arguments of `run_worker`; what is not given is as the environment says."""

    task_queue: str | None
    streaming: bool | None
    workflow_slots: int | None
    activity_slots: int | None
    shutdown_grace: Duration | None
    build: str
    handle_signals: bool


@dataclass(frozen=True, slots=True)
class _Bound:
    """A connection with its calls, and the loop that they belong to."""

    loop: asyncio.AbstractEventLoop
    connection: Connection
    calls: Calls


class AsyncClient:
    """Starts and steers workflows, and runs a worker for those registered with it.

    Args:
        address: Of the engine, host:port; unless given ENGINE_ADDRESS, else localhost:50051.
        options: See `ClientOptions`. `retry_for`: how long a call is repeated while the engine is away;
            `call_timeout`: what one try of a call may take; `registry`: workflows and activities that were registered
            elsewhere.

    Attributes:
        reads: What is stored, as messages of the contract, with payloads as bytes.

    Raises:
        ArgumentError, SettingError: An argument or a variable of the environment that is not allowed.
        TypeError: An option that does not exist.
    """

    def __init__(self, address: str | None = None, **options: Unpack[ClientOptions]) -> None:
        check_options(options, ClientOptions)
        settings = Settings.from_environment()
        self.settings = settings
        self.registry = _given(options.get("registry"), Registry, "registry") or Registry()
        queue = _given(options.get("task_queue"), str, "task_queue")
        self.task_queue = settings.task_queue if queue is None else parse_identifier("task_queue", queue)
        retry_us = as_microseconds(options.get("retry_for", RETRY_FOR), field="retry_for")
        self._retry_for = dt.timedelta(microseconds=retry_us)
        call_us = optional_microseconds(options.get("call_timeout"), field="call_timeout")
        self._call_seconds = call_us / 1e6
        self._target = _target(settings, _given(address, str, "address"), options)
        self.reads = Reads(self._target, self._call)
        self._bound: _Bound | None = None
        self._workers: set[Worker] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def workflow(self, name: str | None = None) -> Callable[[F], F]:
        """Register the decorated function as a workflow; see `Registry.workflow`."""
        return self.registry.workflow(name)

    def activity(self, name: str | None = None, **declared: Any) -> Callable[[F], F]:
        """Register the decorated function as an activity; see `Registry.activity`."""
        return self.registry.activity(name, **declared)

    async def start(
        self,
        workflow: str | Callable[..., Any],
        input: object = None,  # noqa: A002 - the word of the contract
        **options: Unpack[StartOptions],
    ) -> AsyncWorkflowHandle:
        """Start a workflow, by its name or its registered function; `options` are those of `StartOptions`.

        Raises:
            WorkflowAlreadyStarted: The workflow id is taken, and the policies do not let it be used.
            ArgumentError, PayloadError: An argument that cannot be right; nothing was sent.
            RpcError: The engine refused, or was away for too long.
        """
        request = requests.start_request(
            self._target, self.registry, self.task_queue, workflow, input, options
        )
        response = await self._send_start(request)
        outcome = response.result if response.HasField("result") else None
        if outcome is not None and outcome.status == common_pb2.WORKFLOW_STATUS_RUNNING:
            outcome = None
        return AsyncWorkflowHandle(
            self,
            response.workflow_id,
            run_id=response.run_id,
            started=response.started,
            outcome=outcome,
        )

    def handle(self, workflow_id: str, *, run_id: str = "") -> AsyncWorkflowHandle:
        """A handle for a workflow that is known by its id; asks nothing."""
        self._addressed(workflow_id, run_id)
        return AsyncWorkflowHandle(self, workflow_id, run_id=run_id)

    async def signal(
        self,
        workflow_id: str,
        name: str,
        payload: object = None,
        *,
        run_id: str = "",
        request_id: str | None = None,
    ) -> None:
        """Send a signal; it is kept until the workflow waits for it.

        Raises:
            NotFound: No such workflow.
            RpcError: The run has ended (reason CLOSED), or the engine refused otherwise.
        """
        request = workflow_pb2.SignalWorkflowRequest(
            **self._addressed(workflow_id, run_id),
            name=check_identifier(name, field="name"),
            payload=converter.encode(payload, field="payload"),
            **self._asking(request_id),
        )
        await self._call("SignalWorkflow", request)

    async def cancel(
        self, workflow_id: str, *, run_id: str = "", reason: str = "", request_id: str | None = None
    ) -> bool:
        """Ask a workflow to stop. False: it has ended, or was asked before."""
        request = workflow_pb2.CancelWorkflowRequest(
            **self._addressed(workflow_id, run_id),
            reason=check_text(reason, field="reason"),
            **self._asking(request_id),
        )
        response = await self._call("CancelWorkflow", request)
        return bool(response.requested)

    async def terminate(
        self, workflow_id: str, *, run_id: str = "", reason: str = "", request_id: str | None = None
    ) -> bool:
        """End a workflow at once; none of its code runs any more. False: it has ended already."""
        request = workflow_pb2.TerminateWorkflowRequest(
            **self._addressed(workflow_id, run_id),
            reason=check_text(reason, field="reason"),
            **self._asking(request_id),
        )
        response = await self._call("TerminateWorkflow", request)
        return bool(response.terminated)

    async def retry(
        self, workflow_id: str, *, run_id: str = "", request_id: str | None = None
    ) -> AsyncWorkflowHandle:
        """Start a new run of a workflow id, with the input of the last one, or of the run that is named.

        Raises:
            NotFound: No such workflow or run.
            WorkflowAlreadyStarted: A run of the id is open.
        """
        request = workflow_pb2.RetryWorkflowRequest(
            **self._addressed(workflow_id, run_id), **self._asking(request_id)
        )
        response = await self._call("RetryWorkflow", request)
        return AsyncWorkflowHandle(
            self, response.workflow_id, run_id=response.run_id, started=response.started
        )

    async def get(self, workflow_id: str, *, run_id: str = "") -> WorkflowDescription:
        """Where a workflow stands, and what is pending."""
        return description_of(await self.reads.description(workflow_id, run_id=run_id))

    async def result(
        self,
        workflow_id: str,
        *,
        run_id: str = "",
        timeout: Duration | None = None,  # noqa: ASYNC109 - a duration of the contract
    ) -> Any:
        """Wait for a run's end, through outages of the engine too, and return its result.

        Raises:
            WorkflowFailed: It ended otherwise than COMPLETED; `status` and `cause` say how.
            builtins.TimeoutError: It is still running after `timeout`.
        """
        answer = await self.reads.outcome(workflow_id, run_id=run_id, timeout=timeout)
        if answer.status == common_pb2.WORKFLOW_STATUS_RUNNING:
            raise TimeoutError(f"workflow {workflow_id} is still running")
        return outcome_of(workflow_id, answer)

    async def history(self, workflow_id: str, *, run_id: str = "", after: int = 0) -> Sequence[HistoryEvent]:
        """The events of a run, those with a greater number than `after`."""
        return [event async for event in self.reads.events(workflow_id, run_id=run_id, after=after)]

    def follow(self, workflow_id: str, *, run_id: str = "", after: int = 0) -> AsyncIterator[HistoryEvent]:
        """The events of a run as they come, those with a greater number than `after`, until it has ended."""
        return self.reads.events(workflow_id, run_id=run_id, after=after, follow=True)

    def list(self, **filters: Unpack[ListFilters]) -> AsyncIterator[WorkflowExecution]:
        """Runs, newest first, page after page as they are asked for."""
        return _valued(self.reads.executions(**filters))

    async def describe_task_queue(self, name: str) -> TaskQueueDescription:
        """What waits on a task queue, and who serves it."""
        return task_queue_of(name, await self.reads.task_queue(name))

    async def list_workers(self, task_queue: str | None = None) -> Sequence[WorkerDescription]:
        """The workers that are connected to the engine, those of one task queue or all.

        Each has one entry by kind of task. Of several engines, it is the one that answers who tells of its own.
        """
        return tuple(map(worker_of, (await self.reads.workers(task_queue)).workers))

    def worker(self, **arguments: Unpack[WorkerArguments]) -> Worker:
        """A worker for what is registered here, not yet running."""
        check_options(arguments, WorkerArguments)
        if not (self.registry.workflows or self.registry.activities):
            raise ArgumentError("registry", self.registry, "register a workflow or an activity first")
        queue = arguments.get("task_queue") or self.task_queue
        self._trace("sched-worker")
        return Worker(self._target, self.registry, _worker_options(self.settings, queue, arguments))

    async def run_worker(self, **arguments: Unpack[WorkerArguments]) -> None:
        """Run a worker until `stop` or, in the main thread, SIGTERM or SIGINT."""
        logs.configure(level=self.settings.log_level, format_=self.settings.log_format)
        worker = self.worker(**arguments)
        self._workers.add(worker)
        try:
            await worker.run(handle_signals=arguments.get("handle_signals", True))
        finally:
            self._workers.discard(worker)

    def stop(self) -> None:
        """Drain the workers that this client runs; called again, end them at once. Callable from any thread."""
        for worker in tuple(self._workers):
            worker.stop()

    async def close(self) -> None:
        """Close the connection; the next call opens another."""
        bound, self._bound = self._bound, None
        if bound is not None and bound.loop is asyncio.get_running_loop():
            await bound.calls.close()
            await bound.connection.close()

    def _calls(self) -> Calls:
        """By the connection of the running loop: gRPC's belong to the loop in which they were made."""
        loop = asyncio.get_running_loop()
        if self._bound is None or self._bound.loop is not loop:
            connection = Connection(self._target)
            self._bound = _Bound(loop, connection, Calls(connection))
        return self._bound.calls

    def _trace(self, service: str) -> None:
        if self.settings.otlp_endpoint is not None:
            tracing.configure(self.settings.otlp_endpoint, self.settings.otel_service_name or service)

    async def _send_start(self, request: workflow_pb2.StartWorkflowRequest) -> Any:
        self._trace("sched-client")
        if tracing.current is None:
            return await self._call("StartWorkflow", request, extra_seconds=request.wait_seconds)
        span = tracing.current.begin_start(request)
        try:
            return await self._call("StartWorkflow", request, extra_seconds=request.wait_seconds)
        finally:
            span.end()

    async def _call(
        self, method: str, request: Any, *, extra_seconds: float = 0.0, retry_for: dt.timedelta | None = None
    ) -> Any:
        return await repeated(
            lambda: self._calls().once(method, request, (self._call_seconds or CALL_SECONDS) + extra_seconds),
            retry_for or self._retry_for,
        )

    def _addressed(self, workflow_id: str, run_id: str) -> dict[str, Any]:
        """The fields by which a request names its run."""
        return requests.addressed(self._target, workflow_id, run_id)

    def _asking(self, request_id: str | None) -> dict[str, str]:
        """The fields by which a repetition is recognised, and people learn who asked."""
        own = clock.new_id() if request_id is None else check_identifier(request_id, field="request_id")
        return {"request_id": own, "identity": self._target.identity}


def _given(value: object, kind: type[T], field: str) -> T | None:
    return None if value is None else check_is(value, kind, field=field)


def _target(settings: Settings, address: str | None, options: ClientOptions) -> Target:
    key = _given(options.get("api_key"), str, "api_key")
    namespace = check_text(options.get("namespace", "default"), field="namespace")
    return Target(
        address=settings.address if address is None else parse_address("address", address),
        namespace=parse_identifier("namespace", namespace),
        identity=_given(options.get("identity"), str, "identity") or default_identity(),
        api_key=settings.api_key if key is None else parse_api_key("api_key", key),
        tls=_given(options.get("tls"), Tls, "tls") or settings.tls,
    )


async def _valued(
    found: AsyncIterator[workflow_pb2.WorkflowExecution],
) -> AsyncIterator[WorkflowExecution]:
    async for message in found:
        yield execution_of(message)


def _worker_options(settings: Settings, task_queue: str, arguments: WorkerArguments) -> WorkerOptions:
    grace, streaming = arguments.get("shutdown_grace"), arguments.get("streaming")
    workflow_slots, activity_slots = arguments.get("workflow_slots"), arguments.get("activity_slots")
    for field, slots in (("workflow_slots", workflow_slots), ("activity_slots", activity_slots)):
        if slots is not None:
            check_whole(slots, field=field, least=1, most=SLOTS_MAX)
    grace_us = None if grace is None else as_microseconds(grace, field="shutdown_grace")
    return WorkerOptions(
        task_queue=parse_identifier("task_queue", task_queue),
        streaming=settings.streaming if streaming is None else check_is(streaming, bool, field="streaming"),
        workflow_slots=workflow_slots or settings.workflow_slots,
        activity_slots=activity_slots or settings.activity_slots,
        shutdown_grace=settings.shutdown_grace if grace_us is None else dt.timedelta(microseconds=grace_us),
        build=check_text(arguments.get("build", ""), field="build"),
        metrics=settings.metrics,
    )
