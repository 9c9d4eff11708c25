"""Tasks over one bidirectional stream, for as long as the worker lives.

    connect ──► subscription + credits + all that is unacknowledged
       ▲            │
       │            ├─ engine: tasks ──► desk        worker: completions, heartbeats, renewals, credits
       │            ├─ engine: acks ──► outbox
       │            ▼
       └── back-off ◄── broken, refused, or the engine says that it is draining

Guarantees: the session id is the same on every connection, so the engine gives the activities in hand back to us; a
completion is repeated until it is acknowledged; credits never exceed the free slots. Messages are bounded in bytes, and
all that becomes ready while one is on its way travels in the next.
"""

import asyncio
from typing import Generic

from grpc import aio

from sched_sdk import clock
from sched_sdk.backoff import Backoff
from sched_sdk.logs import component_logger
from sched_sdk.proto.v1.worker_pb2 import (
    ActivityHeartbeat,
    CompletionAck,
    Subscription,
)
from sched_sdk.refusals import read_refusal, to_error
from sched_sdk.worker.desk import Desk, Runner
from sched_sdk.worker.kinds import C, T
from sched_sdk.worker.lane import Load
from sched_sdk.worker.outage import Outage
from sched_sdk.worker.outbox import ELEMENT_OVERHEAD, MESSAGE_BYTES, Outbox
from sched_sdk.worker.points import Point, reach
from sched_sdk.worker.pulses import Pulses
from sched_sdk.worker.wire import Incoming, Outgoing, Talk, Wire

# A stream that lasted this long was a good one, even if nothing came over it.
STEADY_SECONDS = 5.0
# How long a draining engine may take for its last acks before we go elsewhere.
GOODBYE_SECONDS = 2.0
# Before a completion that the engine could not decide on is sent again.
AGAIN_SECONDS = 0.5
log = component_logger("worker")


class StreamLane(Generic[T, C]):
    """One kind of work over a stream."""

    def __init__(
        self,
        wire: Wire[T, C],
        runner: Runner[T, C],
        *,
        subscription: Subscription,
        pulses: Pulses | None,
        wake: asyncio.Event,
    ) -> None:
        self._wire = wire
        self._subscription = subscription
        self._pulses = pulses
        self._wake = wake
        self._outage = Outage(wire.kind)
        self._left = asyncio.Event()
        self._outbox: Outbox[T, C] = Outbox(runner.acknowledged)
        self._desk = Desk(runner, slots=subscription.slots, answer=self._answer, on_free=self._wake.set)
        self._outstanding = 0  # credits granted on this stream and not used yet
        self._leaving = False
        self._engine_drains = False

    async def run(self) -> None:
        """Serve; connect again for ever. Ends after `leave`."""
        backoff = Backoff()
        while not self._left.is_set():
            begun = clock.monotonic()
            problem = await self._serve_stream(backoff)
            if clock.monotonic() - begun > STEADY_SECONDS:
                backoff.reset()
            if self._is_finished():
                self._left.set()
            if not self._left.is_set():
                self._outage.failed(problem)
                await asyncio.sleep(backoff.next_delay())

    @property
    def load(self) -> Load:
        """Any thread."""
        return Load(self._wire.kind, self._desk.slots, self._desk.in_hand)

    def stop_asking(self) -> None:
        """Grant no more credits; what still comes goes straight back."""
        self._desk.close()

    async def drain(self, seconds: float) -> None:
        """Let what is in hand finish in time, and hand back the rest."""
        drained = await self._desk.drain(seconds)
        if drained.handed_back:
            log.warning("%d %s tasks did not finish and go back", drained.handed_back, self._wire.kind)

    async def leave(self, seconds: float) -> None:
        """Wait until every completion is acknowledged and the stream is closed, at most that long."""
        self._leaving = True
        self._wake.set()
        try:
            async with asyncio.timeout(seconds):
                await self._left.wait()
        except TimeoutError:
            log.warning("%d %s completions were not acknowledged in time", len(self._outbox), self._wire.kind)

    def abandon(self) -> None:
        """Stop caring for what is in hand."""
        self._desk.abandon()

    def _answer(self, task: T, completion: C) -> None:
        self._outbox.put(task, completion)
        self._wake.set()

    async def _serve_stream(self, backoff: Backoff) -> str:
        self._begin_stream()
        talk = self._wire.open()
        writing = asyncio.get_running_loop().create_task(self._write(talk))
        try:
            await self._read(talk, backoff)
        except aio.AioRpcError as error:
            return str(to_error(read_refusal(error)))
        except TimeoutError:
            return "the engine did not end it"
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if current is not None and current.cancelling():
                raise
            return "cancelled by a failed write"
        finally:
            writing.cancel()
            talk.cancel()
            await asyncio.wait([writing])
        return "the engine is draining" if self._engine_drains else "closed by the engine"

    def _begin_stream(self) -> None:
        self._outstanding = 0
        self._engine_drains = False
        self._outbox.send_again()
        if self._pulses is not None:
            self._pulses.reconnected()
        self._wake.set()

    async def _write(self, talk: Talk[T, C]) -> None:
        """Send whatever there is, when there is something. A failure shows at the reader's side, with its status."""
        try:
            await talk.write(self._next_message(self._subscription))
            while not (self._engine_drains or (self._leaving and self._is_finished())):
                await self._wake.wait()
                self._wake.clear()
                await asyncio.sleep(0)  # what becomes ready in this turn of the loop travels along
                await self._write_all(talk)
            await talk.done_writing()
        except (aio.AioRpcError, asyncio.InvalidStateError):
            return
        except Exception:
            log.exception("a message could not be sent; the stream is opened again")
            talk.cancel()

    async def _write_all(self, talk: Talk[T, C]) -> None:
        while True:
            message = self._next_message()
            if not (message.credits or message.completions or message.heartbeats):
                return
            await talk.write(message)
            if message.completions:
                reach(Point.COMPLETION_SENT)

    def _next_message(self, subscription: Subscription | None = None) -> Outgoing[C]:
        grant = 0 if self._engine_drains else max(0, self._desk.free - self._outstanding)
        self._outstanding += grant
        heartbeats = self._pulses.take() if self._pulses is not None else []
        completions = self._outbox.take(_room_beside(heartbeats))
        return Outgoing(
            subscription=subscription, credits=grant, completions=completions, heartbeats=heartbeats
        )

    async def _read(self, talk: Talk[T, C], backoff: Backoff) -> None:
        while not self._engine_drains:
            incoming = await talk.read()
            if incoming is None:
                return
            self._take_in(incoming, backoff)
        async with asyncio.timeout(GOODBYE_SECONDS):
            while (incoming := await talk.read()) is not None:
                self._take_in(incoming, backoff)

    def _take_in(self, incoming: Incoming[T], backoff: Backoff) -> None:
        if incoming.tasks or incoming.acks:
            backoff.reset()
            self._outage.over()
        for reply in incoming.heartbeats:
            assert self._pulses is not None
            self._pulses.answered(reply)
        for ack in incoming.acks:
            self._acknowledge(ack)
        for task in incoming.tasks:
            self._outstanding -= 1
            self._desk.accept(task)
        if incoming.draining:
            self._engine_drains = True
        if incoming.draining or self._leaving:
            self._wake.set()

    def _acknowledge(self, ack: CompletionAck) -> None:
        if self._outbox.acknowledge(ack):
            asyncio.get_running_loop().call_later(AGAIN_SECONDS, self._retry, ack.id)

    def _retry(self, completion_id: int) -> None:
        self._outbox.retry(completion_id)
        self._wake.set()

    def _is_finished(self) -> bool:
        has_due = self._pulses is not None and self._pulses.has_due
        return self._leaving and not len(self._outbox) and not has_due


def _room_beside(heartbeats: list[ActivityHeartbeat]) -> int:
    return MESSAGE_BYTES - sum(heartbeat.ByteSize() + ELEMENT_OVERHEAD for heartbeat in heartbeats)
