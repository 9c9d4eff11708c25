"""Tasks by long polls and unary completions, for networks in which streams do not live.

Pollers come and go: one that leaves with a task while nobody else is waiting is followed by another, up to the free
slots; one that waited in vain beside others ends. So an idle worker holds one open call, a busy one as many as help.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, Generic

import grpc
from grpc import aio

from sched_sdk.backoff import Backoff
from sched_sdk.logs import component_logger
from sched_sdk.proto.v1.worker_pb2 import (
    ActivityHeartbeat,
    ActivityHeartbeatReply,
    CompletionAck,
    PollTaskRequest,
    Subscription,
)
from sched_sdk.refusals import EngineTimeoutError, RefusedError, read_refusal, to_error
from sched_sdk.worker.desk import Desk, Runner
from sched_sdk.worker.kinds import C, T
from sched_sdk.worker.lane import Load
from sched_sdk.worker.outage import Outage
from sched_sdk.worker.outbox import PASSING
from sched_sdk.worker.pulses import Pulses
from sched_sdk.worker.told import tell_refused
from sched_sdk.worker.wire import ActivityWire, Wire

WAIT_SECONDS = 20.0
# What the network may add to a poll's wait.
POLL_MARGIN_SECONDS = 10.0
_LOST = frozenset(
    {grpc.StatusCode.NOT_FOUND, grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.INVALID_ARGUMENT}
)
log = component_logger("worker")


class PollLane(Generic[T, C]):
    """One kind of work over unary calls."""

    def __init__(self, wire: Wire[T, C], runner: Runner[T, C], *, subscription: Subscription) -> None:
        self._wire = wire
        self._request = PollTaskRequest(subscription=subscription, wait_seconds=WAIT_SECONDS)
        self._desk = Desk(runner, slots=subscription.slots, answer=self._answer, on_free=self._slot_is_free)
        self._on_ack = runner.acknowledged
        self._outage = Outage(wire.kind)
        self._free = asyncio.Event()
        self._left = asyncio.Event()
        self._asking = True
        self._waiting = 0  # polls under way
        self._pollers: set[asyncio.Task[None]] = set()
        self._answering: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Serve until `leave`."""
        self._add_poller()
        try:
            await self._left.wait()
        finally:
            for task in [*self._pollers, *self._answering]:
                task.cancel()

    @property
    def load(self) -> Load:
        """Any thread."""
        return Load(self._wire.kind, self._desk.slots, self._desk.in_hand)

    def stop_asking(self) -> None:
        """Cancel the polls; the engine takes back what they would have brought."""
        self._asking = False
        self._desk.close()
        for poller in self._pollers:
            poller.cancel()

    async def drain(self, seconds: float) -> None:
        """Let what is in hand finish in time, and hand back the rest."""
        drained = await self._desk.drain(seconds)
        if drained.handed_back:
            log.warning("%d %s tasks did not finish and go back", drained.handed_back, self._wire.kind)

    async def leave(self, seconds: float) -> None:
        """Wait until every completion is answered, at most that long."""
        if self._answering:
            _, late = await asyncio.wait(list(self._answering), timeout=seconds)
            if late:
                log.warning("%d %s completions were not acknowledged in time", len(late), self._wire.kind)
        self._left.set()

    def _add_poller(self) -> None:
        if self._asking:
            _keep(self._pollers, self._poll())

    def _slot_is_free(self) -> None:
        self._free.set()

    async def _poll(self) -> None:
        backoff = Backoff()
        while self._asking:
            await self._wait_for_slot()
            try:
                task = await self._poll_once()
            except Exception as error:  # whatever it is, a worker without pollers would be worse
                self._outage.failed(_problem(error))
                await asyncio.sleep(backoff.next_delay())
                continue
            backoff.reset()
            self._outage.over()
            if task is not None:
                self._desk.accept(task)
            if task is not None and not self._waiting:
                self._add_poller()
            elif task is None and self._waiting:
                return

    async def _wait_for_slot(self) -> None:
        while self._desk.free <= self._waiting:
            self._free.clear()
            await self._free.wait()

    async def _poll_once(self) -> T | None:
        self._waiting += 1
        try:
            return await self._wire.poll(self._request, seconds=WAIT_SECONDS + POLL_MARGIN_SECONDS)
        finally:
            self._waiting -= 1
            self._free.set()

    def abandon(self) -> None:
        """Stop caring for what is in hand."""
        self._desk.abandon()

    def _answer(self, task: T, completion: C) -> None:
        _keep(self._answering, self._complete(task, completion))

    async def _complete(self, task: T, completion: C) -> None:
        backoff = Backoff()
        done = await self._try_to_complete(task, completion)
        while not done:
            await asyncio.sleep(
                backoff.next_delay()
            )  # the engine cannot say now: nothing here would tell us when
            done = await self._try_to_complete(task, completion)

    async def _try_to_complete(self, task: T, completion: C) -> bool:
        try:
            ack = await self._wire.complete(completion)
        except EngineTimeoutError:
            return False
        except RefusedError as error:
            refusal = error.refusal
            ack = CompletionAck(code=refusal.status.value[0], reason=refusal.reason, message=refusal.message)
        if ack.code in PASSING:
            return False
        if ack.code:
            tell_refused(task, ack)
        self._on_ack(task, completion, ack)
        return True


class Beats:
    """Heartbeats and renewals by unary calls."""

    def __init__(self, wire: ActivityWire) -> None:
        self._wire = wire
        self._pulses: Pulses | None = None
        self._sending: set[asyncio.Task[None]] = set()

    def attach(self, pulses: Pulses) -> None:
        """Whose heartbeats these are."""
        self._pulses = pulses

    def begin(self) -> None:
        """Send what is due, in the background."""
        _keep(self._sending, self._send())

    async def _send(self) -> None:
        due = self._pulses.take() if self._pulses is not None else []
        if due:
            await asyncio.gather(*(self._send_one(heartbeat) for heartbeat in due))

    async def _send_one(self, heartbeat: ActivityHeartbeat) -> None:
        assert self._pulses is not None
        try:
            reply = await self._wire.heartbeat(heartbeat)
        except aio.AioRpcError as error:
            if error.code() not in _LOST:
                self._pulses.failed(heartbeat)
                return
            reply = ActivityHeartbeatReply(lost=True)
        reply.token = heartbeat.token
        self._pulses.answered(reply)


def _problem(error: Exception) -> str:
    return str(to_error(read_refusal(error))) if isinstance(error, aio.AioRpcError) else repr(error)


def _keep(tasks: "set[asyncio.Task[None]]", work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.get_running_loop().create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)
