"""The committing threads as the event loop sees them: inputs go in, answers come back on the loop.

The threads answer one input at a time; the answers of a batch cross over to the loop together.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from workflows.core.inputs import Input
from workflows.core.transition import Reply
from workflows.store.group_commit import Committed, GroupCommit
from workflows.store.lanes import Drain, Lane

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
        self._ready: deque[Callable[[], None]] = deque()
        self._scheduled = False
        self._writer = writer(lambda committed: self._cross(lambda: self._on_commit(committed)))

    @property
    def is_reachable(self) -> bool:
        """Whether the database answered when it was last used."""
        return self._writer.is_reachable

    def start(self) -> None:
        self._writer.start()

    async def stop(self) -> None:
        """Commits what is queued, answers it, then ends the threads."""
        await asyncio.to_thread(self._writer.stop)
        self._flush()

    def send(self, given: Input | Drain, lane: Lane, on_answer: OnAnswer, *, size: int = 0) -> None:
        """Submit an input; `on_answer` is called on the loop after its commit.

        Raises:
            Overloaded: too many requests wait.
        """
        self._writer.submit(given, lambda reply: self._cross(lambda: on_answer(reply)), lane, size=size)

    async def submit(self, given: Input | Drain, lane: Lane, *, size: int = 0) -> Reply:
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

        self.send(given, lane, on_answer, size=size)
        return await future

    def _cross(self, call: Callable[[], None]) -> None:
        """Called on a committing thread. One wake-up of the loop serves all that has gathered by then."""
        self._ready.append(call)
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon_threadsafe(self._flush)

    def _flush(self) -> None:
        self._scheduled = False
        while self._ready:
            self._ready.popleft()()
