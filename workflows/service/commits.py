"""The committing threads as the event loop sees them: inputs go in, answers come back on the loop.

All inputs of one turn of the loop cross over to the writer together, and all answers of a batch back to the loop: each
crossing wakes a thread, and a writer that is woken by the first of a hundred inputs commits that one alone.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from workflows.core.inputs import Input
from workflows.core.transition import Reply
from workflows.points import Point, reach
from workflows.store.alone import Alone
from workflows.store.group_commit import GroupCommit
from workflows.store.lanes import Drain, Lane, Submission
from workflows.store.work import Committed

_LOGGER = logging.getLogger(__name__)

ALONE_SECONDS = 0.05
"""An answer of the database that takes longer is waited for by the committing thread."""
OnAnswer = Callable[[Reply | BaseException], None]


class Commits:
    """Made and used on one event loop.

    Args:
        writer: makes the committing threads, given what to call after each commit.
        on_commit: called on the loop after each commit, before the answers of its inputs.
    """

    def __init__(
        self,
        writer: Callable[[Callable[[Committed], None]], GroupCommit],
        on_commit: Callable[[Committed], None],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._on_commit = on_commit
        self._ready: deque[tuple[Callable[[Any], None], Any]] = deque()
        self._scheduled = False
        self._behind: list[Callable[[], None]] = []
        self._gathered: list[Submission] = []
        """Of one turn of the loop; then the lanes have it, and their bounds."""
        self._writer = writer(partial(self._cross, self._on_commit))

    @property
    def waiting(self) -> dict[Lane, int]:
        """Inputs that wait for the writer, by lane. Any thread."""
        return self._writer.waiting

    @property
    def is_reachable(self) -> bool:
        """Whether the database answered when it was last used."""
        return self._writer.is_reachable

    def start(self) -> None:
        self._writer.start()

    async def stop(self) -> None:
        """Commits what is queued, answers it, then ends the threads."""
        self._hand_over()
        await asyncio.to_thread(self._writer.stop)
        self._flush()

    def send(
        self, given: Input | Drain, lane: Lane, on_answer: OnAnswer, *, size: int = 0, queue: str = ""
    ) -> None:
        """Submit an input; `on_answer` is called on the loop after its commit, or with what refuses it: `Rejected`, or
        `Overloaded` where too many of its lane wait. Within a lane queues are served in turn."""
        reach(Point.RECEIVED)
        if not self._gathered:
            self._loop.call_soon(self._hand_over)
        answer = partial(self._cross, on_answer)
        self._gathered.append(Submission(given=given, answer=answer, lane=lane, size=size, queue=queue))

    async def submit(self, given: Input | Drain, lane: Lane, *, size: int = 0, queue: str = "") -> Reply:
        """Submit an input and wait for its commit.

        Raises:
            Rejected: the rules, or the state of the database, refuse it.
            Overloaded: too many requests wait.
        """
        future: asyncio.Future[Reply] = self._loop.create_future()

        def on_answer(reply: Reply | BaseException) -> None:
            if future.done():
                return
            if isinstance(reply, BaseException):
                future.set_exception(reply)
            else:
                future.set_result(reply)

        self.send(given, lane, on_answer, size=size, queue=queue)
        reply = await future
        reach(Point.ANSWERED)
        return reply

    async def submit_all(
        self, inputs: Sequence[tuple[Input, int, str]], lane: Lane
    ) -> list[Reply | BaseException]:
        """Submit many, each with its size and queue, and wait for all: one future in place of one for each.

        Returns:
            For each its reply, or what refuses it.
        """
        replies: list[Any] = [None] * len(inputs)
        left = len(inputs)
        done = self._loop.create_future()

        def on_answer(place: int, reply: Reply | BaseException) -> None:
            nonlocal left
            replies[place] = reply
            left -= 1
            if not (left or done.done()):
                done.set_result(None)

        for place, (given, size, queue) in enumerate(inputs):
            self.send(given, lane, partial(on_answer, place), size=size, queue=queue)
        if inputs:
            await done
        reach(Point.ANSWERED)
        return replies

    def then(self, call: Callable[[], None]) -> None:
        """For who hears of a commit: `call` comes behind the answers that come with it."""
        self._behind.append(call)

    def _hand_over(self) -> None:
        gathered, self._gathered = self._gathered, []
        if gathered and not (len(gathered) == 1 and self._begin_alone(gathered[0])):
            self._writer.submit_all(gathered)
        reach(Point.QUEUED)

    def _begin_alone(self, submission: Submission) -> bool:
        """See `store.alone`."""
        alone = self._writer.begin_alone(submission)
        if alone is None:
            return False
        if alone.descriptor is not None:
            late = self._loop.call_later(ALONE_SECONDS, self._leave_alone, alone, alone.descriptor)
            self._loop.add_reader(alone.descriptor, self._go_on_alone, alone, alone.descriptor, late)
        return True

    def _go_on_alone(self, alone: Alone, descriptor: int, late: asyncio.TimerHandle) -> None:
        if not alone.is_answered():
            return
        late.cancel()
        self._loop.remove_reader(descriptor)  # before another session may get its number
        self._scheduled = True  # what crosses from here on is flushed below
        try:
            alone.end()
        finally:
            self._flush()

    def _leave_alone(self, alone: Alone, descriptor: int) -> None:
        try:
            self._loop.remove_reader(descriptor)
        finally:
            alone.leave()

    def _cross(self, receive: Callable[[Any], None], what: Any) -> None:
        """Called on a committing thread. One wake-up of the loop serves all that has gathered by then."""
        self._ready.append((receive, what))
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon_threadsafe(self._flush)

    def _flush(self) -> None:
        self._scheduled = False
        while self._ready:
            receive, what = self._ready.popleft()
            _carefully(partial(receive, what))
        behind, self._behind = self._behind, []
        for call in behind:
            _carefully(call)


def _carefully(call: Callable[[], None]) -> None:
    """One that fails must not keep the others waiting."""
    try:
        call()
    except Exception:
        _LOGGER.exception("what follows a commit failed")
