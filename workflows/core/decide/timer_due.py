"""A timer of workflow code is due."""

from workflows.core import events as e
from workflows.core.draft import Draft
from workflows.core.inputs import TimerDue
from workflows.core.rejection import Code, Rejected
from workflows.core.transition import Recorded, Transition


def decide(draft: Draft, given: TimerDue) -> Transition:
    timer = draft.state.timers.get(given.number)
    if timer is None:
        raise Rejected(Code.STALE_TIMER, "the timer has fired or was canceled", run_id=given.run_id)
    if draft.now < timer.due_at:
        raise Rejected(Code.NOT_DUE, f"the timer is due at {timer.due_at.isoformat()}", run_id=given.run_id)
    draft.emit(e.TimerFired, started=timer.number, command=timer.command)
    return draft.finish(Recorded())
