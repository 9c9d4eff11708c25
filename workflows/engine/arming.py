"""From a timer that is due to the input it means."""

import asyncio
from collections.abc import Iterable
from datetime import datetime
from functools import partial

from timers.clock import DatabaseClock
from timers.due import Armed, DueTimers
from workflows.core.inputs import ClockInput, DeadlineDue, ExecutionDue, RetryDue, TimerDue
from workflows.core.keys import TimerKind
from workflows.core.rejection import Code, Rejected
from workflows.core.transition import NewTimer, Reply, Transition
from workflows.engine.metrics import LATENESS
from workflows.points import Point, reach
from workflows.service.commits import Commits
from workflows.store.lanes import Lane, Overloaded

AGAIN_SECONDS = 1.0
"""A timer that falls due while the database is away is tried again so soon; sooner than the sweep would."""
UNDECIDED_MAX = 400
"""Timers on their way at a time: two transactions' worth, so that the committing thread need not wait for the next."""
LATE_UNDECIDED_MAX = 50
"""Of these, late ones, which have fewer places in a transaction: they must not take the room of those that are not."""
QUEUE = "timers"
"""Of the lane for loops: others of the engine's own inputs do not wait behind many of them."""


def armed(timer: NewTimer) -> Armed:
    return Armed(timer.due_at, timer.key, timer.stamp)


def input_of(timer: Armed) -> ClockInput:
    """What a timer that is due means to its run."""
    run_id, kind, number = timer.key
    match kind:
        case TimerKind.USER:
            return TimerDue(run_id=run_id, number=number)
        case TimerKind.RETRY:
            return RetryDue(run_id=run_id, number=number, attempt=timer.stamp)
        case TimerKind.DEADLINE:
            return DeadlineDue(run_id=run_id, number=number)
        case TimerKind.EXECUTION:
            return ExecutionDue(run_id=run_id)


class Firing:
    """Hands timers that are due to the committing thread, a few at a time.

    The others wait where what falls due on time can overtake what is late.
    """

    def __init__(self, commits: Commits, clock: DatabaseClock) -> None:
        self._commits = commits
        self._clock = clock
        self._due: DueTimers | None = None
        self._undecided = {Lane.LOOPS: 0, Lane.LATE: 0}

    def start(self, due: DueTimers) -> None:
        """Where they come from, and go back to if they cannot be decided now."""
        self._due = due

    def arm(self, transitions: Iterable[Transition], now: datetime) -> None:
        """Watches the timers that a commit at `now` has set."""
        assert self._due is not None
        timers = [
            timer
            for transition in transitions
            for timer in transition.timers.values()
            if isinstance(timer, NewTimer)
        ]
        believed = self._clock.now()
        if any(now < timer.due_at <= believed for timer in timers):
            # Set again because it was fired too early, as a deadline is: our clock is ahead of the database's.
            self._clock.correct()
        self._due.arm(map(armed, timers))

    def room(self) -> int:
        """How many more may be handed over now."""
        return UNDECIDED_MAX - sum(self._undecided.values())

    def late_room(self) -> int:
        """How many of these may be late."""
        return max(0, LATE_UNDECIDED_MAX - self._undecided[Lane.LATE])

    def fire(self, timers: Iterable[Armed]) -> None:
        """Timers that are due, to be decided. Stale ones are dropped there."""
        self._fire(timers, Lane.LOOPS)

    def fire_late(self, timers: Iterable[Armed]) -> None:
        """As `fire`, for those that were overdue when they were found."""
        self._fire(timers, Lane.LATE)

    def _fire(self, timers: Iterable[Armed], lane: Lane) -> None:
        for timer in timers:
            self._undecided[lane] += 1
            reach(Point.TIMER_DUE)
            self._commits.send(input_of(timer), lane, partial(self._decided, timer, lane), queue=QUEUE)

    def _decided(self, timer: Armed, lane: Lane, reply: Reply | BaseException) -> None:
        assert self._due is not None
        self._undecided[lane] -= 1
        if isinstance(reply, Rejected) and reply.code is Code.NOT_DUE:
            # Our clock was ahead of the database's.
            self._clock.correct()
            self._due.arm([timer])
        elif isinstance(reply, Overloaded) or (
            isinstance(reply, Rejected) and reply.code is Code.UNAVAILABLE
        ):
            asyncio.get_running_loop().call_later(AGAIN_SECONDS, self._due.arm, [timer])
        elif not isinstance(reply, BaseException):
            LATENESS.observe(max(0.0, (self._clock.now() - timer.due_at).total_seconds()))
        if sum(self._undecided.values()) == UNDECIDED_MAX // 2 or (
            lane is Lane.LATE and self._undecided[lane] == LATE_UNDECIDED_MAX // 2
        ):
            self._due.resume()
