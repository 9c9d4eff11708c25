"""Clients: start workflows, signal them, and wait for their results; they repeat what was not answered.

Most calls go to an engine; some are made in a Django process, in a transaction of its own, as the web makes them.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
from django.db import OperationalError
from grpc import aio
from sched_sdk.proto.v1 import common_pb2
from sched_sdk.proto.v1 import workflow_pb2 as pb

from tests.laws.laws import LawBroken, law
from tests.simulation.court import Court
from tests.simulation.database import Database
from tests.simulation.loop import SimLoop
from tests.simulation.network import Network
from tests.simulation.programs import Step, a_program, expected, signals_of
from tests.simulation.scheduler import Process, Scheduler
from workflows import client as inline
from workflows.core import events as e
from workflows.core.rejection import Code, Rejected
from workflows.core.values import Payload, Status
from workflows.store import wakeups

AGAIN = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.DEADLINE_EXCEEDED,
    }
)
CLOSED = grpc.StatusCode.FAILED_PRECONDITION
CALL_SECONDS = 8.0


class Story:
    """One workflow, from its start to its result."""

    def __init__(self, clients: Clients, number: int) -> None:
        rng = clients.scheduler.rng
        self.clients = clients
        self.workflow_id = f"w{number}"
        self.program: list[Step] = a_program(rng)
        self.run_id = ""
        self.runs: list[str] = []
        """One, or two if it was retried."""
        self.fates = {
            *(["CANCELED"] if rng.random() < 0.12 else []),
            *(["TERMINATED"] if rng.random() < 0.05 else []),
        }
        self.timeout_us = rng.choice((300_000, 1_000_000, 4_000_000)) if rng.random() < 0.08 else 0
        self.told = ""

    async def live(self) -> None:
        await self.pause(0.5)
        await self.start()
        steering = [self.signal(name) for name in signals_of(self.program)]
        steering += [self.signal(step[1]) for step in self.program if step[0] == "maybe" and self.luck(0.6)]
        steering += [self.cancel()] if "CANCELED" in self.fates else []
        steering += [self.terminate()] if "TERMINATED" in self.fates else []
        steering += [self.result()] if self.luck(0.1) else []
        await asyncio.gather(*steering)
        if self.luck(0.06):
            await self.result()
            await self.retry()
            await asyncio.gather(*(self.signal(name) for name in signals_of(self.program)))

    def luck(self, share: float) -> bool:
        return self.clients.scheduler.rng.random() < share

    async def pause(self, seconds: float) -> None:
        if self.luck(0.6):
            await asyncio.sleep(self.clients.scheduler.rng.random() * seconds)

    async def start(self) -> None:
        request_id = f"start-{self.workflow_id}"
        data = json.dumps(self.program).encode()
        request = pb.StartWorkflowRequest(
            workflow_id=self.workflow_id,
            workflow_type="program",
            input=common_pb2.Payload(data=data),
            request_id=request_id,
            execution_timeout_us=self.timeout_us,
            wait_seconds=1.0 if self.luck(0.06) else 0.0,
        )

        def in_django() -> str:
            timeout = self.timeout_us / 1e6 or None
            return inline.start_workflow(
                "program",
                Payload(data=data),
                workflow_id=self.workflow_id,
                request_id=request_id,
                execution_timeout=timeout,
            ).run_id

        async def by_rpc() -> str:
            return str((await self.clients.call("StartWorkflow", request)).run_id)

        twice = self.luck(0.15)
        try:
            runs = await asyncio.gather(
                *(self.clients.either(by_rpc, in_django, self.luck(0.2)) for _ in range(1 + twice))
            )
        except (aio.AioRpcError, Rejected) as refused:
            raise LawBroken("a repeated start means the same run", refused) from refused
        law(len(set(runs)) == 1, "a repeated start means the same run", runs)
        self._started(runs[0], request_id)

    def _started(self, run_id: str, request_id: str) -> None:
        self.run_id = run_id
        self.runs.append(run_id)
        self.clients.court.started(run_id, request_id)

    async def retry(self) -> None:
        """A second run of the same."""
        request_id = f"retry-{self.workflow_id}"
        request = pb.RetryWorkflowRequest(workflow_id=self.workflow_id, request_id=request_id)
        self._started((await self.clients.call("RetryWorkflow", request)).run_id, request_id)

    async def signal(self, name: str) -> None:
        await self.pause(3.0)
        request_id = f"signal-{len(self.runs)}-{self.workflow_id}-{name}"
        request = pb.SignalWorkflowRequest(workflow_id=self.workflow_id, name=name, request_id=request_id)

        def in_django() -> str:
            return inline.signal_workflow(self.workflow_id, name, request_id=request_id).run_id

        async def by_rpc() -> str:
            return str((await self.clients.call("SignalWorkflow", request)).run_id)

        run_id = await self.clients.either(by_rpc, in_django, self.luck(0.25))
        if run_id:
            self.clients.court.steered(run_id, request_id)

    async def cancel(self) -> None:
        await self.pause(2.0)
        request_id = f"cancel-{self.workflow_id}"
        request = pb.CancelWorkflowRequest(workflow_id=self.workflow_id, request_id=request_id)

        def in_django() -> str:
            found = inline.cancel_workflow(self.workflow_id, request_id=request_id)
            return found.run_id if found.changed else ""

        async def by_rpc() -> str:
            answer = await self.clients.call("CancelWorkflow", request)
            return str(answer.run_id) if answer.requested else ""

        run_id = await self.clients.either(by_rpc, in_django, self.luck(0.3))
        if run_id:
            self.clients.court.steered(run_id, request_id)

    async def terminate(self) -> None:
        await self.pause(2.0)
        request = pb.TerminateWorkflowRequest(workflow_id=self.workflow_id)

        def in_django() -> str:
            return inline.terminate_workflow(self.workflow_id).run_id

        async def by_rpc() -> str:
            return str((await self.clients.call("TerminateWorkflow", request)).run_id)

        await self.clients.either(by_rpc, in_django, self.luck(0.5))

    async def result(self) -> None:
        """Long polls, until it has ended."""
        while not self.told:
            request = pb.GetWorkflowResultRequest(
                workflow_id=self.workflow_id, run_id=self.run_id, wait_seconds=5.0
            )
            answer = await self.clients.call("GetWorkflowResult", request)
            if answer.status != common_pb2.WORKFLOW_STATUS_RUNNING:
                self.clients.court.told(self.run_id, answer.status)
                self.told = common_pb2.WorkflowStatus.Name(answer.status)

    def judge(self) -> None:
        """At the end: it ended as its program does without faults, or as somebody asked for."""
        for run_id in self.runs:
            self._judge(run_id, self.fates if run_id == self.runs[0] else set())

    def _judge(self, run_id: str, fates: set[str]) -> None:
        end = self.clients.court.runs[run_id].end
        name = "a workflow ends as its program does without faults"
        law(end is not None, name, self.program)
        assert end is not None
        status = e.TERMINAL[type(end)]
        wanted, log = expected(self.program)
        timed_out = status is Status.TIMED_OUT and self.timeout_us > 0
        law(timed_out or status in {wanted, *fates}, name, (end, self.program))
        if isinstance(end, e.WorkflowExecutionCompleted):
            assert end.result is not None
            law(json.loads(end.result.data) == log, name, (end, log))
        if isinstance(end, e.WorkflowExecutionFailed):
            law(json.loads(end.failure.message) == log, name, (end, log))


class Clients(Process):
    """All clients of a run; they do not fail."""

    def __init__(
        self, scheduler: Scheduler, network: Network, database: Database, court: Court, count: int
    ) -> None:
        super().__init__("clients")
        self.scheduler = scheduler
        self.network = network
        self.database = database
        self.court = court
        self.loop = SimLoop(scheduler, self)
        self.hints: Callable[[], Any] = lambda: None
        self.all = [Story(self, number) for number in range(count)]
        self.living = self.loop.within(lambda: [self.loop.create_task(story.live()) for story in self.all])

    @property
    def are_done(self) -> bool:
        for task in self.living:
            if task.done():
                task.result()
        return all(task.done() for task in self.living)

    async def call(self, method: str, request: Any) -> Any:
        """Repeats the call until it is answered."""
        while True:
            try:
                return await self.network.call(self.loop, method, request, CALL_SECONDS)
            except aio.AioRpcError as error:
                if error.code() not in AGAIN:
                    raise
            await asyncio.sleep(0.05 + self.scheduler.rng.random() * 0.3)

    async def either(
        self, by_rpc: Callable[[], Awaitable[str]], in_django: Callable[[], str], by_django: bool
    ) -> str:
        """The run that the call was for; none if it had ended."""
        try:
            return await (self._in_django(in_django) if by_django else by_rpc())
        except aio.AioRpcError as error:
            if error.code() is CLOSED:
                return ""
            raise

    async def _in_django(self, call: Callable[[], str]) -> str:
        while True:
            try:
                return str(await self.loop.run_in_executor(None, self._transaction, call))
            except Rejected as refused:
                if refused.code is Code.CLOSED:
                    return ""
                if refused.code is not Code.ID_BUSY:
                    raise
            except OperationalError:  # before its transaction, or the answer to its COMMIT was lost
                pass
            await asyncio.sleep(0.1)

    def _transaction(self, call: Callable[[], str]) -> str:
        wakeups.register(self.hints())
        run_id = call()
        self.database.mishap(self.database.mishaps.lost_commit)
        return run_id
