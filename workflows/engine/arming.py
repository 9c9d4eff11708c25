"""From a timer that is due to the input it means."""

import asyncio
from collections.abc import Iterable

from timers.due import Armed, DueTimers
from workflows.core.inputs import ClockInput, DeadlineDue, ExecutionDue, RetryDue, TimerDue
from workflows.core.keys import TimerKind
from workflows.core.rejection import Code, Rejected
from workflows.core.transition import NewTimer, Reply
from workflows.points import Point, reach
from workflows.service.commits import Commits
from workflows.store.lanes import Lane

AGAIN_SECONDS = 1.0
"""A timer that falls due while the database is away is tried again so soon; sooner than the sweep would."""


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


def submit_due(commits: Commits, due: DueTimers, timers: Iterable[Armed]) -> None:
    """Timers that are due, to be decided. Stale ones are dropped there."""
    for timer in timers:
        _submit(commits, due, timer)


def _submit(commits: Commits, due: DueTimers, timer: Armed) -> None:
    def on_answer(reply: Reply | BaseException) -> None:
        if not isinstance(reply, Rejected):
            return
        if reply.code is Code.NOT_DUE:
            # Our clock was ahead of the database's; the answer has corrected it.
            due.arm([timer])
        elif reply.code is Code.UNAVAILABLE:
            asyncio.get_running_loop().call_later(AGAIN_SECONDS, due.arm, [timer])

    reach(Point.TIMER_DUE)
    commits.send(input_of(timer), Lane.LOOPS, on_answer)
