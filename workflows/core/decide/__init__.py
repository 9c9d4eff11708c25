"""Decide: what an input does to a run. One file per input; which input is legal in which status is a table (`legal`).

`decide` is a pure function: equal arguments, equal transition. It raises only `Rejected`, and then nothing has changed.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from workflows.core import inputs as i
from workflows.core.decide import (
    activity_canceled,
    activity_failed,
    activity_succeeded,
    cancel,
    deadline_due,
    execution_due,
    lease_expired,
    retry_due,
    signal,
    start,
    terminate,
    timer_due,
    turn,
)
from workflows.core.decide.legal import Verdict, verdict
from workflows.core.draft import Draft
from workflows.core.inputs import Input, RunInput, StartRequested
from workflows.core.rejection import Code, Rejected
from workflows.core.state import State
from workflows.core.transition import Steered, Transition

_DECIDE: dict[type[Any], Callable[[Draft, Any], Transition]] = {
    i.SignalSent: signal.decide,
    i.CancelRequested: cancel.decide,
    i.TerminateRequested: terminate.decide,
    i.TurnCompleted: turn.decide,
    i.ActivitySucceeded: activity_succeeded.decide,
    i.ActivityFailed: activity_failed.decide,
    i.ActivityCanceled: activity_canceled.decide,
    i.LeaseExpired: lease_expired.decide,
    i.TimerDue: timer_due.decide,
    i.RetryDue: retry_due.decide,
    i.DeadlineDue: deadline_due.decide,
    i.ExecutionDue: execution_due.decide,
}


def decide(
    state: State | None, given: Input, now: datetime, *, requests: Mapping[str, str] | None = None
) -> Transition:
    """What `given` does to `state` at `now`.

    Args:
        state: the run; for a start, the current run of the workflow id. None if there is none.
        given: the input.
        now: the database's time; never before the run's last event (it is raised to it).
        requests: request ids of this workflow id that were accepted before, each with its run.

    Raises:
        Rejected: the input is refused and changes nothing.
    """
    known = requests or {}
    if isinstance(given, StartRequested):
        return start.decide(state, given, now, known)
    if state is None:
        raise Rejected(Code.NOT_FOUND, f"no execution has the run id {i.run_id_of(given)!r}")
    if known and i.request_id_of(given) in known:
        return unchanged(state)
    return _decide_run(state, given, now)


def _decide_run(state: State, given: RunInput, now: datetime) -> Transition:
    found = verdict(state.status, type(given))
    if found is Verdict.DECIDE:
        return _DECIDE[type(given)](Draft(state, now), given)
    if found is Verdict.NOOP:
        return unchanged(state)
    code, rest = _REFUSALS[found]
    raise Rejected(code, f"the execution is {state.status}{rest}", run_id=state.run_id)


_REFUSALS = {
    Verdict.CLOSED: (Code.CLOSED, ""),
    Verdict.STALE_TASK: (Code.STALE_TASK, "; the task is gone"),
    Verdict.STALE_TIMER: (Code.STALE_TIMER, "; the timer is gone"),
}


def unchanged(state: State) -> Transition:
    """The answer to a repeat, or to what comes too late to matter."""
    return Transition(state=state, reply=Steered(run_id=state.run_id, changed=False, status=state.status))


__all__ = ["decide", "unchanged"]
