"""Waiting for the end of a run.

A waiter registers first and reads then, so no end falls between the two; whoever registers before the run's start is
committed need not read at all. Ends that this engine commits are told at once; those of other engines are found by one
query a second over all that is waited for.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from workflows.core import events as e
from workflows.core.rejection import Rejected
from workflows.core.transition import Transition
from workflows.core.values import Status
from workflows.service.reading import look
from workflows.service.shared_read import SharedRead
from workflows.store.outcome import Outcome, outcome_of


class Results:
    """Who waits for which run. Lives on one event loop.

    Args:
        read: reads the outcomes of the given runs that have ended; a refusal for one whose end cannot be read.
    """

    def __init__(self, read: Callable[[Sequence[str]], Iterable[Outcome | Rejected]]) -> None:
        self._read = read
        self._ended: SharedRead[str, Outcome | Rejected] = SharedRead(
            lambda runs: {outcome.run_id: outcome for outcome in read(runs)}
        )
        self._waiting: dict[str, set[asyncio.Future[Outcome]]] = {}
        self._closed = False

    @property
    def is_closed(self) -> bool:
        return self._closed

    async def wait(self, run_id: str, seconds: float) -> Outcome:
        """The outcome of a run, or RUNNING after `seconds`.

        Raises:
            Rejected: DAMAGED, its end cannot be read.
        """
        with self.expected(run_id) as future:
            outcome = await self._ended.get(run_id)
            if isinstance(outcome, Rejected):
                raise outcome
            return outcome or await self.within(run_id, future, seconds)

    @contextmanager
    def expected(self, run_id: str) -> Iterator[asyncio.Future[Outcome]]:
        """What is told of a run while the block runs; of one that is about to start, nothing else needs to be read."""
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(run_id, set()).add(future)
        try:
            yield future
        finally:
            self._forget(run_id, future)

    async def within(self, run_id: str, future: asyncio.Future[Outcome], seconds: float) -> Outcome:
        """What is told in that time, or RUNNING."""
        if seconds > 0 and not self._closed:
            await asyncio.wait([future], timeout=seconds)
        return future.result() if future.done() else Outcome(run_id=run_id, status=Status.RUNNING)

    def told(self, transitions: Iterable[Transition]) -> None:
        """These were committed here."""
        for transition in transitions:
            state = transition.state
            if transition.closed and state is not None and state.run_id in self._waiting:
                end = next(event for event in transition.events if type(event) in e.TERMINAL)
                self._resolve(outcome_of(state.run_id, end))

    async def look(self) -> int:
        """The net: read all that is waited for. Returns how many had ended."""
        if not self._waiting:
            return 0
        ended = list(await look(self._read, list(self._waiting)))
        for outcome in ended:
            self._resolve(outcome)
        return len(ended)

    def close(self) -> None:
        """The engine is about to stop: all who wait are told RUNNING, and ask again elsewhere."""
        self._closed = True
        for run_id in list(self._waiting):
            self._resolve(Outcome(run_id=run_id, status=Status.RUNNING))

    def _resolve(self, outcome: Outcome | Rejected) -> None:
        for future in self._waiting.pop(outcome.run_id, ()):
            if future.done():
                continue
            if isinstance(outcome, Rejected):
                future.set_exception(outcome)
                future.exception()  # nobody may be left to hear it
            else:
                future.set_result(outcome)

    def _forget(self, run_id: str, future: asyncio.Future[Outcome]) -> None:
        waiting = self._waiting.get(run_id)
        if waiting is not None:
            waiting.discard(future)
            if not waiting:
                del self._waiting[run_id]
