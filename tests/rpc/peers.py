"""Engines in this process, and the clients and workers that talk to them over real channels."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import grpc
import psycopg
import pytest
from google.rpc import error_details_pb2  # type: ignore[import-untyped]
from grpc_status import rpc_status
from sched_sdk.proto.v1 import (
    common_pb2,
    history_pb2,
    worker_pb2,
    worker_pb2_grpc,
    workflow_pb2,
    workflow_pb2_grpc,
)

from tests.store.databases import TABLES, Database
from timers.clock import Clock
from workflows.engine.engine import Engine
from workflows.engine.options import EngineOptions

SECONDS = 10.0
"""For what should take milliseconds."""
SHORT = {
    "workflow_execution_started": "WS",
    "workflow_execution_completed": "WC",
    "workflow_execution_failed": "WF",
    "workflow_execution_timed_out": "WTO",
    "workflow_execution_cancel_requested": "WCR",
    "workflow_execution_canceled": "WX",
    "workflow_execution_terminated": "WT",
    "workflow_task_completed": "Y",
    "activity_task_scheduled": "AS",
    "activity_task_completed": "AC",
    "activity_task_failed": "AF",
    "activity_task_canceled": "AX",
    "activity_task_timed_out": "ATO",
    "activity_task_retry_scheduled": "AR",
    "activity_task_cancel_requested": "ACR",
    "timer_started": "TS",
    "timer_fired": "TF",
    "timer_canceled": "TX",
    "signal_received": "SR",
}


def options(database: Database, **more: Any) -> EngineOptions:
    given: dict[str, Any] = {
        "bind": "127.0.0.1",
        "port": 0,
        "metrics_port": None,
        "secret": "of the tests",
        "open_access": True,
        "grace": timedelta(seconds=4),
        "leader_lock_key": 4711,
        "postgres_dsn": database.target,
    }
    return EngineOptions(**(given | more))


@asynccontextmanager
async def running(database: Database, *, clock: Clock | None = None, **more: Any) -> AsyncIterator[Engine]:
    """An engine, while the block runs."""
    engine = Engine(options(database, **more), clock=clock)
    await engine.start()
    try:
        yield engine
    finally:
        await engine.stop()


@asynccontextmanager
async def connected(engine: Engine) -> AsyncIterator[Peer]:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{engine.port}") as channel:
        yield Peer(channel)


class Peer:
    """Both services over one channel, and short ways to what many tests need."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self.channel = channel
        self.client: Any = workflow_pb2_grpc.WorkflowServiceStub(channel)
        self.worker: Any = worker_pb2_grpc.WorkerServiceStub(channel)

    async def start(self, workflow_id: str = "", **more: Any) -> workflow_pb2.StartWorkflowResponse:
        """The response to a start."""
        more.setdefault("workflow_type", "Type")
        request = workflow_pb2.StartWorkflowRequest(workflow_id=workflow_id, **more)
        response: workflow_pb2.StartWorkflowResponse = await self.client.StartWorkflow(request)
        return response

    async def signal(self, workflow_id: str, name: str = "go", **more: Any) -> Any:
        request = workflow_pb2.SignalWorkflowRequest(workflow_id=workflow_id, name=name, **more)
        return await self.client.SignalWorkflow(request)

    async def get(self, workflow_id: str) -> workflow_pb2.WorkflowDescription:
        found: workflow_pb2.WorkflowDescription = await self.client.GetWorkflow(
            workflow_pb2.GetWorkflowRequest(workflow_id=workflow_id)
        )
        return found

    async def names(self, workflow_id: str) -> str:
        """The history in short names."""
        history = await self.client.GetWorkflowHistory(
            workflow_pb2.GetWorkflowHistoryRequest(workflow_id=workflow_id)
        )
        assert [event.number for event in history.events] == list(range(1, len(history.events) + 1))
        return " ".join(SHORT[event.WhichOneof("attributes")] for event in history.events)

    async def poll_workflow(self, seconds: float = SECONDS, **more: Any) -> worker_pb2.WorkflowTask:
        request = worker_pb2.PollTaskRequest(subscription=subscription(**more), wait_seconds=seconds)
        answer = await self.worker.PollWorkflowTask(request)
        assert answer.HasField("task"), "no task in time"
        task: worker_pb2.WorkflowTask = answer.task
        return task

    async def poll_activity(self, seconds: float = SECONDS, **more: Any) -> worker_pb2.ActivityTask:
        request = worker_pb2.PollTaskRequest(subscription=subscription(**more), wait_seconds=seconds)
        answer = await self.worker.PollActivityTask(request)
        assert answer.HasField("task"), "no task in time"
        task: worker_pb2.ActivityTask = answer.task
        return task

    async def complete_turn(
        self, task: worker_pb2.WorkflowTask, *commands: worker_pb2.Command, **more: Any
    ) -> worker_pb2.CompletionAck:
        completion = turn(task, *commands, **more)
        ack: worker_pb2.CompletionAck = await self.worker.CompleteWorkflowTask(completion)
        return ack

    async def succeed(self, task: worker_pb2.ActivityTask, data: bytes = b"1") -> worker_pb2.CompletionAck:
        completion = worker_pb2.ActivityTaskCompletion(token=task.token, result=payload(data))
        ack: worker_pb2.CompletionAck = await self.worker.CompleteActivityTask(completion)
        return ack

    async def activity(self, workflow_id: str, **more: Any) -> worker_pb2.ActivityTask:
        """A running activity of a new workflow that waits for it."""
        await self.start(workflow_id)
        await self.complete_turn(await self.poll_workflow(), schedule(**more), waits_for=[0])
        return await self.poll_activity()


def payload(data: bytes) -> common_pb2.Payload:
    return common_pb2.Payload(data=data)


def subscription(**more: Any) -> worker_pb2.Subscription:
    given: dict[str, Any] = {"task_queue": "default", "identity": "worker", "slots": 10} | more
    return worker_pb2.Subscription(**given)


def schedule(command: int = 0, **more: Any) -> worker_pb2.Command:
    given = {"activity_type": "Do"} | more
    return worker_pb2.Command(schedule_activity=worker_pb2.ScheduleActivity(command=command, **given))


def finish(data: bytes = b'"done"') -> worker_pb2.Command:
    return worker_pb2.Command(complete_workflow=worker_pb2.CompleteWorkflow(result=payload(data)))


def turn(
    task: worker_pb2.WorkflowTask,
    *commands: worker_pb2.Command,
    waits_for: list[int] | None = None,
    **more: Any,
) -> worker_pb2.WorkflowTaskCompletion:
    """A turn that has seen all; it waits for any signal unless told otherwise."""
    wait = history_pb2.Wait(commands=waits_for) if waits_for else history_pb2.Wait(any_signal=True)
    return worker_pb2.WorkflowTaskCompletion(
        token=task.token,
        turn=worker_pb2.Turn(seen_through=task.seen_through, commands=commands, wait=wait),
        **more,
    )


class Stream:
    """A worker's end of a stream."""

    def __init__(self, call: Any, request: Callable[..., Any]) -> None:
        self.call = call
        self._request = request
        self._tasks: list[Any] = []
        self._acks: list[worker_pb2.CompletionAck] = []
        self._replies: list[worker_pb2.ActivityHeartbeatReply] = []
        self.draining = False

    @property
    def waiting(self) -> list[Any]:
        """Tasks that have come and were not asked for."""
        return list(self._tasks)

    async def send(self, **message: Any) -> None:
        await self.call.write(self._request(**message))

    async def tasks(self, count: int) -> list[Any]:
        """The next tasks, as soon as that many are there."""
        while len(self._tasks) < count:
            await self._read()
        taken, self._tasks = self._tasks[:count], self._tasks[count:]
        return taken

    async def ack(self) -> worker_pb2.CompletionAck:
        while not self._acks:
            await self._read()
        return self._acks.pop(0)

    async def reply(self) -> worker_pb2.ActivityHeartbeatReply:
        while not self._replies:
            await self._read()
        return self._replies.pop(0)

    async def until_draining(self) -> None:
        while not self.draining:
            await self._read()

    async def ended(self) -> list[Any]:
        """Reads to the end; all tasks that came."""
        while True:
            try:
                await self._read()
            except EOFError:
                return self._tasks

    async def _read(self) -> None:
        async with asyncio.timeout(SECONDS):
            message = await self.call.read()
        if message is grpc.aio.EOF:
            raise EOFError(str(await self.call.code()))
        self._tasks += message.tasks
        self._acks += message.acks
        self._replies += getattr(message, "heartbeats", ())
        self.draining = self.draining or message.draining


async def workflow_stream(peer: Peer, *, credits: int, **more: Any) -> Stream:  # noqa: A002 - its name in the contract
    stream = Stream(peer.worker.StreamWorkflowTasks(), worker_pb2.StreamWorkflowTasksRequest)
    await stream.send(subscription=subscription(**more), credits=credits)
    return stream


async def activity_stream(peer: Peer, *, credits: int, **more: Any) -> Stream:  # noqa: A002 - its name in the contract
    stream = Stream(peer.worker.StreamActivityTasks(), worker_pb2.StreamActivityTasksRequest)
    await stream.send(subscription=subscription(**more), credits=credits)
    return stream


@dataclass(frozen=True, kw_only=True)
class Refused:
    """What a caller reads from a refusal."""

    code: grpc.StatusCode
    reason: str
    fields: dict[str, str]
    run_id: str
    retry_after: float
    message: str


async def refused(call: Awaitable[Any]) -> Refused:
    """The refusal of a call. It names a stable reason, whatever it was."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    error = caught.value
    status = rpc_status.from_call(error)  # type: ignore[arg-type]
    assert status is not None, f"no details: {error.code()} {error.details()}"
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    retry = error_details_pb2.RetryInfo()
    for detail in status.details:
        for kind in (info, bad, retry):
            if detail.Is(kind.DESCRIPTOR):
                detail.Unpack(kind)
    assert info.domain == "sched"
    assert info.reason
    return Refused(
        code=error.code(),
        reason=info.reason,
        fields={each.field: each.description for each in bad.field_violations},
        run_id=info.metadata.get("run_id", ""),
        retry_after=retry.retry_delay.ToTimedelta().total_seconds(),
        message=error.details() or "",
    )


def look(database: Database, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """Rows, by a session of its own: Django's belongs to another context than a test's coroutine."""
    with psycopg.connect(database.target, autocommit=True) as connection:
        cursor = connection.execute(sql.encode(), parameters)
        return cursor.fetchall() if cursor.description else []


def stored(database: Database) -> dict[str, int]:
    """Rows of all tables."""
    return {table: look(database, f"SELECT count(*) FROM {table}")[0][0] for table in TABLES}


async def eventually(look: Callable[[], Awaitable[bool]], seconds: float = SECONDS) -> None:
    """Waits until a look says yes."""
    async with asyncio.timeout(seconds):
        while not await look():  # noqa: ASYNC110 - what is looked at has no event
            await asyncio.sleep(0)
