"""From a timer that is due to the input it means."""

import asyncio
from collections.abc import Iterable

from timers.due import Armed
from workflows.core.inputs import ClockInput, DeadlineDue, ExecutionDue, RetryDue, TimerDue
from workflows.core.keys import TimerKind
from workflows.core.rejection import Code, Rejected
from workflows.core.transition import NewTimer, Reply
from workflows.service.commits import Commits
from workflows.store.lanes import Lane

AGAIN_SECONDS = 0.02
"""A timer that the database's clock does not see as due yet is tried again so soon."""


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


def submit_due(commits: Commits, timers: Iterable[Armed]) -> None:
    """Timers that are due, to be decided. Stale ones are dropped there."""
    for timer in timers:
        _submit(commits, input_of(timer))


def _submit(commits: Commits, given: ClockInput) -> None:
    def on_answer(reply: Reply | BaseException) -> None:
        if isinstance(reply, Rejected) and reply.code is Code.NOT_DUE:
            asyncio.get_running_loop().call_later(AGAIN_SECONDS, _submit, commits, given)

    commits.send(given, Lane.LOOPS, on_answer)
