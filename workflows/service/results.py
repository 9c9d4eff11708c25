"""Waiting for the end of a run.

A waiter registers first and reads then, so no end falls between the two; whoever registers before the run's start is
committed need not read at all. Ends that this engine commits are told at once; those of other engines are found by one
query a second over all that is waited for.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from workflows.core import events as e
from workflows.core.rejection import Rejected
from workflows.core.transition import Transition
from workflows.core.values import Status
from workflows.service.reading import look
from workflows.service.shared_read import SharedRead
from workflows.store.outcome import Outcome, outcome_of

type Told = Callable[[Outcome | BaseException], None]


class Waiter:
    """One who waits for the end of a run. It is told once; closed, never."""

    __slots__ = ("_forget", "_is_closed", "_outcome", "_timer", "_told", "run_id")

    def __init__(self, run_id: str, forget: Callable[["Waiter"], None]) -> None:
        self.run_id = run_id
        self._forget = forget
        self._is_closed = False
        self._outcome: Outcome | Rejected | None = None
        self._told: Told | None = None
        self._timer: asyncio.TimerHandle | None = None

    def within(self, seconds: float, told: Told) -> None:
        """`told` is called on the loop: with the outcome, with a refusal if it cannot be read, or after that time with
        RUNNING."""
        if self._outcome is None and seconds > 0:
            self._told = told
            self._timer = asyncio.get_running_loop().call_later(seconds, self._time_is_up)
            return
        self.close()
        told(self._outcome or self._running())

    def tell(self, outcome: Outcome | Rejected | None = None) -> None:
        """It has ended, or will not be heard of here: RUNNING."""
        self._outcome = outcome or self._running()
        told = self._told
        self.close()
        if told is not None:
            told(self._outcome)

    def close(self) -> None:
        """It waits no more."""
        self._is_closed = True
        self._told = None
        self._forget(self)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def read(self, seconds: float, told: Told, asked: asyncio.Future[Outcome | Rejected | None]) -> None:
        """What the database says of it; if that is nothing, it waits."""
        error = asked.exception()
        found = error or asked.result()
        if found is None and self._is_closed and self._outcome is None:
            return  # nobody waits any more
        if found is None:
            self.within(seconds, told)
        else:
            self.close()
            told(found)

    def _time_is_up(self) -> None:
        self.tell()

    def _running(self) -> Outcome:
        return Outcome(run_id=self.run_id, status=Status.RUNNING)


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
        self._waiting: dict[str, set[Waiter]] = {}
        self._closed = False

    @property
    def is_closed(self) -> bool:
        return self._closed

    def wait(self, run_id: str, seconds: float, told: Told) -> Waiter:
        """Wait for the end of a run that may have ended before; see `Waiter.within`."""
        waiter = self.expect(run_id)
        self._ended.ask(run_id).add_done_callback(partial(waiter.read, seconds, told))
        return waiter

    def expect(self, run_id: str) -> Waiter:
        """Who waits for a run that is about to start: nothing needs to be read."""
        waiter = Waiter(run_id, self._forget)
        if self._closed:
            waiter.tell()
        else:
            self._waiting.setdefault(run_id, set()).add(waiter)
        return waiter

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
        for waiter in self._waiting.pop(outcome.run_id, ()):
            waiter.tell(outcome)

    def _forget(self, waiter: Waiter) -> None:
        waiting = self._waiting.get(waiter.run_id)
        if waiting is not None:
            waiting.discard(waiter)
            if not waiting:
                del self._waiting[waiter.run_id]
