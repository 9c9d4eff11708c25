"""One worker's stream: credits, completions and heartbeats come in; tasks, acks and replies go out.

What becomes ready while a message is on its way travels in the next one, so messages grow with the load, up to
`MESSAGE_BYTES`. The two kinds of stream differ in their messages only; what differs is in `Kind`.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from google.rpc import code_pb2  # type: ignore[import-untyped]
from sched_sdk.proto.v1 import worker_pb2 as pb

from workflows.core.keys import TaskKey
from workflows.core.transition import Reply, TurnRecorded
from workflows.points import Point, reach
from workflows.rpc.acks import ack_of
from workflows.rpc.completions import GivenBack, give_back, keeps_run, last_event_after, lets_run_go
from workflows.rpc.heartbeats import heartbeat_replies
from workflows.rpc.refusals import REFUSALS
from workflows.rpc.tasks import task_message
from workflows.rpc.tokens import BadToken, Tokens
from workflows.service.desk import Completion, Desk, Duplicate, OnAnswer
from workflows.service.errors import invalid
from workflows.service.matching import Matching
from workflows.service.subscription import Subscription
from workflows.store.claimer import Handout

_LOGGER = logging.getLogger(__name__)

MESSAGE_BYTES = 1024 * 1024
"""Of one message to a worker, unless a single task is larger."""
CREDITS_MAX = 10_000
"""Tasks that a worker may ask for ahead: what is handed to it waits here until it is read, and nobody else has it."""
HELD_MAX = 30_000
"""Tasks in a worker's hands: what it may have asked for, and twice that on the way back. One with more answers none."""
OUTGOING_BYTES_MAX = 8 * 1024 * 1024
"""Of tasks that wait to be read by their worker; past it the worker is handed no more, whatever its credits."""
UNREAD_MAX = 10_000
"""Completions and heartbeats of a worker that have no answer yet, or whose answer it has not read. Past it nothing more
is read from it: what it sends waits on its side of the network, and nothing of it is dropped."""


class WorkerStream[Request, Response]:
    """A connected worker. Lives on the event loop of its call."""

    def __init__(
        self,
        *,
        response: Callable[..., Response],
        read: Callable[[Any, Tokens], Completion | GivenBack],
        desk: Desk,
        matching: Matching,
        tokens: Tokens,
    ) -> None:
        self._response = response
        self._read = read
        self._desk = desk
        self._matching = matching
        self._tokens = tokens
        self._tasks: deque[tuple[Any, int]] = deque()
        """Each with its bytes."""
        self._acks: deque[pb.CompletionAck] = deque()
        self._replies: deque[pb.ActivityHeartbeatReply] = deque()
        self._ready = asyncio.Event()
        self._ended = False
        self._unanswered = 0
        self._beats = 0
        self._unread_bytes = 0
        self._room = asyncio.Event()
        self._draining = False
        self._background: set[asyncio.Task[None]] = set()
        self.subscription: Subscription | None = None

    def deliver(self, handouts: Sequence[Handout]) -> None:
        """Tasks for this worker; called by matching."""
        for each in handouts:
            task = task_message(each, self._tokens)
            size = task.ByteSize()
            self._tasks.append((task, size))
            self._unread_bytes += size
        self._hold()
        self._ready.set()

    def drain(self) -> None:
        """The engine is about to stop: tell the worker, which then reconnects elsewhere."""
        self._draining = True
        self._ready.set()

    async def receive(self, requests: AsyncIterator[Any]) -> None:
        """Take in what the worker sends, until it closes its half.

        Raises:
            Invalid: it breaks the contract of the stream, which then ends.
        """
        try:
            async for request in requests:
                self.take(request)
                while self._unread >= UNREAD_MAX:
                    self._room.clear()
                    await self._room.wait()
        finally:
            self._ended = True
            self._ready.set()

    def take(self, request: Any) -> None:
        """One message of the worker."""
        for completion in request.completions:
            self._complete(completion)
        heartbeats = getattr(request, "heartbeats", None)
        if heartbeats:
            self._beats += len(heartbeats)
            self._spawn(self._heartbeats(list(heartbeats)))
        self._grant(request.credits)

    def _grant(self, more: int) -> None:
        if more < 0:
            raise invalid("credits", more, "must not be negative")
        if not more or self.subscription is None:
            return
        if self.subscription.credits + more > CREDITS_MAX:
            rule = f"must come to at most {CREDITS_MAX}, with {self.subscription.credits} granted before"
            raise invalid("credits", more, rule)
        if len(self.subscription.held) > HELD_MAX:
            held = len(self.subscription.held)
            rule = f"must wait: {held} tasks are not answered; at most {HELD_MAX} may be"
            raise invalid("credits", more, rule)
        self._matching.grant(self.subscription, more)

    @property
    def _queue(self) -> str:
        return "" if self.subscription is None else self.subscription.queue.queue

    @property
    def _unread(self) -> int:
        return self._unanswered + self._beats + len(self._acks) + len(self._replies)

    def _hold(self) -> None:
        """A worker that does not read is handed nothing, until it does."""
        if self.subscription is not None:
            self._matching.hold(self.subscription, self._unread_bytes > OUTGOING_BYTES_MAX)

    async def responses(self) -> AsyncIterator[Response]:
        """What goes out: as much as is ready, in bounded messages."""
        told = False
        while True:
            await self._ready.wait()
            self._ready.clear()
            while self._tasks or self._acks or self._replies:
                yield self._message()
            if self._draining and not told:
                told = True
                yield self._response(draining=True)
            if self._ended and not (self._background or self._unanswered):
                return

    def _message(self) -> Response:
        tasks: list[Any] = []
        size = 0
        while self._tasks and (not tasks or size + self._tasks[0][1] <= MESSAGE_BYTES):
            task, its_bytes = self._tasks.popleft()
            tasks.append(task)
            size += its_bytes
        self._unread_bytes -= size
        if size:
            self._hold()
        parts: dict[str, Any] = {"tasks": tasks, "acks": list(self._acks)}
        if self._acks:
            reach(Point.ACK_LEAVES)
        self._acks.clear()
        if self._replies:
            parts["heartbeats"] = list(self._replies)
            self._replies.clear()
        self._room.set()
        return self._response(**parts)

    def _complete(self, completion: Any) -> None:
        self._unanswered += 1
        answer: OnAnswer = partial(self._answer, completion.id)
        try:
            given = self._read(completion, self._tokens)
            if lets_run_go(completion):
                self._matching.resting.forget(given.key.run_id)
            answer = partial(self._answer_of, completion.id, given, keeps_run(completion))
            if isinstance(given, GivenBack):
                self._spawn(self._give_back(given, answer))
            else:
                self._desk.complete(given, answer, size=completion.ByteSize(), queue=self._queue)
        except REFUSALS as error:
            answer(error)
        except Exception as error:
            _LOGGER.exception("a completion could not be taken in")
            answer(error)

    async def _give_back(self, given: GivenBack, answer: OnAnswer) -> None:
        try:
            await give_back(self._desk, given, answer)
        except Exception as error:
            if not isinstance(error, REFUSALS):
                _LOGGER.exception("a task could not be taken back")
            answer(error)

    def _answer_of(
        self,
        completion_id: int,
        given: Completion | GivenBack,
        keeps: bool,
        reply: Reply | Duplicate | BaseException,
    ) -> None:
        ack = self._answer(completion_id, reply)
        if isinstance(reply, TurnRecorded):
            self._note_resting(given, reply, keeps=keeps)
        # One that may succeed later is still in the worker's hands.
        if ack.code != code_pb2.UNAVAILABLE:
            self._let_go(given.key, given.delivery)

    def _note_resting(self, given: Completion | GivenBack, reply: TurnRecorded, *, keeps: bool) -> None:
        """What the worker will make of the ack, too: where something came in between it lets the run go."""
        run_id, resting = given.key.run_id, self._matching.resting
        session = "" if self.subscription is None else self.subscription.session
        if keeps and session and reply.last_event == last_event_after(given):
            resting.note(run_id, session, reply.last_event)
        else:
            resting.forget(run_id)

    def _answer(self, completion_id: int, reply: Reply | Duplicate | BaseException) -> pb.CompletionAck:
        self._unanswered -= 1
        return self._acknowledge(completion_id, reply)

    def _acknowledge(self, completion_id: int, reply: Reply | Duplicate | BaseException) -> pb.CompletionAck:
        ack = ack_of(completion_id, reply)
        self._acks.append(ack)
        self._ready.set()
        return ack

    async def _heartbeats(self, beats: Sequence[pb.ActivityHeartbeat]) -> None:
        try:
            replies = await heartbeat_replies(self._desk, beats, self._tokens)
        except REFUSALS as error:  # the worker beats again before its lease is over
            _LOGGER.warning("%d heartbeats were not recorded: %s", len(beats), error)
            return
        finally:
            self._beats -= len(beats)
            self._room.set()
        self._replies.extend(replies)
        self._forget([reply.token for reply in replies if reply.lost])
        self._ready.set()

    def _forget(self, lost: Sequence[bytes]) -> None:
        """These are no longer the worker's."""
        for token in lost:
            with suppress(BadToken):
                self._let_go(*self._tokens.read(token))

    def _let_go(self, key: TaskKey, delivery: int) -> None:
        """Of this delivery. The worker may have been handed the next one before this one was answered."""
        if self.subscription is not None and self.subscription.held.get(key) == delivery:
            del self.subscription.held[key]

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._background.discard(task)
        self._ready.set()
        with suppress(asyncio.CancelledError):
            task.result()
