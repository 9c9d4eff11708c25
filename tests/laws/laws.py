"""The laws of the kernel. `Court.hear` decides one input and holds every law against what comes of it."""

from collections.abc import Mapping
from datetime import datetime

from tests.laws.record import HEADER, Run, copied, reduced, same_facts
from workflows.core import events as e
from workflows.core import inputs as i
from workflows.core.decide import decide
from workflows.core.effects import effects, leftovers
from workflows.core.evolve import evolve, fold
from workflows.core.keys import TaskKey, TimerKind
from workflows.core.rejection import Rejected
from workflows.core.state import State
from workflows.core.transition import Steered, Transition
from workflows.core.values import Status

AFTER_THE_END = (
    e.ActivityTaskRetryScheduled,
    e.ActivityTaskCompleted,
    e.ActivityTaskFailed,
    e.ActivityTaskTimedOut,
    e.ActivityTaskCanceled,
)
"""Of detached activities. The last only where the request to stop it lies before the end."""

ANSWERED_ONCE = (
    i.TurnCompleted, i.ActivitySucceeded, i.ActivityFailed, i.ActivityCanceled, i.LeaseExpired, i.TimerDue,
    i.RetryDue, i.DeadlineDue, i.ExecutionDue, i.CancelRequested, i.TerminateRequested,
)  # fmt: skip
"""Inputs whose repeat changes nothing even without a request id."""


class LawBroken(AssertionError):
    """A law does not hold."""

    def __init__(self, law: str, detail: object = "") -> None:
        super().__init__(f"law broken: {law}: {detail}")
        self.law = law


def law(holds: bool, name: str, detail: object = "") -> None:
    if not holds:
        raise LawBroken(name, detail)


def hear(
    run: Run | None, given: i.Input, now: datetime, requests: Mapping[str, str]
) -> Transition | Rejected:
    """Decide `given` under all laws; the transition is not applied to `run` yet, unless it is of that run."""
    before = None if run is None else copied(run.state)
    state = None if run is None else run.state
    done = attempt(state, given, now, requests)
    law(state == before, "the argument stays as it was", given)
    again = attempt(state, given, now, requests)
    law(_same(done, again), "equal arguments, equal transition", (done, again))
    if state is not None:
        partial_state(state, given, now, requests, done)
    if isinstance(done, Transition) and state is not None and not done.is_new_run:
        token(state, given, done)
        closed_stays_closed(state, done)
        rows(state, done)
    return done


def attempt(
    state: State | None, given: i.Input, now: datetime, requests: Mapping[str, str]
) -> Transition | Rejected:
    try:
        return decide(state, given, now, requests=requests)
    except Rejected as refusal:
        return refusal


def _same(one: Transition | Rejected, other: Transition | Rejected) -> bool:
    if isinstance(one, Rejected) or isinstance(other, Rejected):
        return (
            isinstance(one, Rejected)
            and isinstance(other, Rejected)
            and (one.code, one.message, one.run_id) == (other.code, other.message, other.run_id)
        )
    return one == other


def partial_state(
    state: State, given: i.Input, now: datetime, requests: Mapping[str, str], done: Transition | Rejected
) -> None:
    """What `needs` asks for is enough to decide: the store loads no more."""
    name = "a partial state is enough"
    need = i.Needs() if isinstance(given, i.StartRequested) else i.needs(given)
    part = attempt(reduced(state, need), given, now, requests)
    if isinstance(done, Rejected) or isinstance(part, Rejected):
        law(_same(done, part), name, (given, done, part))
        return
    for attribute in ("events", "tasks", "timers", "activities", "reply", "request", "is_new_run", "closed"):
        law(getattr(done, attribute) == getattr(part, attribute), name, (given, attribute, done, part))
    assert done.state is not None
    assert part.state is not None
    law(HEADER(done.state) == HEADER(part.state), name, (given, done.state, part.state))
    law(part.state.activities.items() <= done.state.activities.items(), name, given)
    law(part.state.timers.items() <= done.state.timers.items(), name, given)
    law(part.state.tasks.items() <= done.state.tasks.items(), name, given)


def token(state: State, given: i.Input, done: Transition) -> None:
    """Only the holder of a task speaks for it."""
    if isinstance(
        given, i.TurnCompleted | i.ActivitySucceeded | i.ActivityFailed | i.ActivityCanceled | i.LeaseExpired
    ):
        task = state.tasks.get(given.key)
        law(
            task is not None and task.is_held and task.delivery == given.delivery,
            "only the holder speaks",
            given,
        )


def closed_stays_closed(state: State, done: Transition) -> None:
    if state.is_open:
        return
    name = "a closed execution stays closed"
    assert done.state is not None
    law(
        done.state.status is state.status and done.state.closed_at == state.closed_at, name, done.state.status
    )
    for event in done.events:
        law(isinstance(event, AFTER_THE_END), name, event)
        scheduled = getattr(event, "scheduled", 0)
        law(scheduled in state.activities and state.activities[scheduled].detached, name, event)


def rows(state: State, done: Transition) -> None:
    """A transition names every row that it changes."""
    name = "a transition names what it changes"
    assert done.state is not None
    for number in (state.activities.keys() | done.state.activities.keys()) - done.activities:
        law(state.activities.get(number) == done.state.activities.get(number), name, number)
    for key in (state.tasks.keys() | done.state.tasks.keys()) - done.tasks.keys():
        law(state.tasks.get(key) == done.state.tasks.get(key), name, key)


def kept(run: Run, done: Transition) -> None:
    """The laws about a run to which `done` has been applied."""
    for event in done.events:
        run.folded = evolve(run.folded, event)
    assert run.folded is not None
    law(
        same_facts(run.folded, run.state), "the fold of the events is the kept state", (run.folded, run.state)
    )
    numbers(run, done)
    turn_due(run)
    deltas(run)
    instants(run, done)
    outcome(run)


def numbers(run: Run, done: Transition) -> None:
    last = run.state.last_event
    expected = list(range(last - len(done.events) + 1, last + 1))
    law([event.number for event in done.events] == expected, "numbers run without a gap", done.events)
    law(last == len(run.history), "numbers run without a gap", last)
    instants = [
        event.at for event in run.history[last - len(done.events) - 1 if last > len(done.events) else 0 :]
    ]
    law(instants == sorted(instants), "time does not run backwards", instants)


def turn_due(run: Run) -> None:
    """Read from the history alone: a turn is due if, since what the last one saw, something it waits for came."""
    law(run.state.turn_due == _is_due(run), "a turn is due when what it waits for came", run.state.wait)


def _is_due(run: Run) -> bool:
    if not run.state.is_open:
        return False
    last = next((x for x in reversed(run.history) if isinstance(x, e.WorkflowTaskCompleted)), None)
    if last is None:
        return True
    wait, arrived = last.wait, 0
    for event in run.history[last.seen_through :]:
        match event:
            case e.WorkflowExecutionCancelRequested():
                return True
            case e.SignalReceived():
                if wait.any_signal or wait.anything or event.name in wait.signals:
                    return True
            case e.TimerFired() | e.ActivityTaskCompleted() if event.command in wait.commands:
                arrived += 1
                if not wait.all or arrived == len(wait.commands):
                    return True
            case e.ActivityTaskFailed() | e.ActivityTaskCanceled() | e.ActivityTaskTimedOut() if (
                event.command in wait.commands
            ):
                return True
            case (
                e.TimerFired()
                | e.ActivityTaskCompleted()
                | e.ActivityTaskFailed()
                | e.ActivityTaskCanceled()
                | e.ActivityTaskTimedOut()
            ) if wait.anything:
                return True
    return False


def deltas(run: Run) -> None:
    due = effects(run.state)
    outstanding = {*run.tasks, *run.timers}
    law(due <= outstanding, "the deltas lead to the effects", ("missing", due - outstanding))
    extra = outstanding - due
    law(not extra or extra <= leftovers(run.state), "the deltas lead to the effects", ("left over", extra))
    tasks = {key for key in due if isinstance(key, TaskKey)}
    law(run.state.tasks.keys() == tasks, "the deltas lead to the effects", (run.state.tasks, tasks))


def instants(run: Run, done: Transition) -> None:
    """A timer goes off when its limit is reached, and its stamp tells what it was set for."""
    name, state = "a timer goes off in time", run.state
    for key, timer in done.timers.items():
        if timer is None:
            continue
        law(timer.key == key and key.run_id == state.run_id, name, timer)
        if key.kind is TimerKind.USER and state.is_open:
            user = state.timers[key.number]
            law(timer.due_at == user.due_at and timer.stamp == user.command, name, timer)
        elif key.kind is TimerKind.RETRY:
            law(timer.stamp == state.activities[key.number].attempt, name, timer)
        elif key.kind is TimerKind.EXECUTION:
            law(state.is_full or timer.due_at == state.execution_deadline, name, timer)
        elif key.kind is TimerKind.DEADLINE:
            activity = state.activities[key.number]
            close_at = activity.close_deadline
            law(close_at is None or timer.due_at <= close_at, name, timer)
            task = state.tasks.get(activity.task_key(state.run_id))
            if activity.schedule_to_start is not None and task is not None and not task.delivery:
                law(timer.due_at <= task.created_at + activity.schedule_to_start, name, timer)


def outcome(run: Run) -> None:
    """An open run has a task, or something it waits for that can still come. An ended one has one end."""
    state = run.state
    ends = [event for event in run.history if type(event) in e.TERMINAL]
    law(len(ends) == (0 if state.is_open else 1), "exactly one event ends a run", ends)
    asked = sum(isinstance(event, e.WorkflowExecutionCancelRequested) for event in run.history)
    law(asked == (1 if state.cancel_requested else 0), "a run is asked to cancel once", asked)
    if not state.is_open:
        keeps = state.status in (Status.COMPLETED, Status.FAILED)
        law(keeps or not state.activities, "after the end only detached activities go on", state.status)
        detached = all(activity.detached for activity in state.activities.values())
        law(detached, "after the end only detached activities go on", state.activities)
        law(not state.timers, "after the end only detached activities go on", state.timers)
    elif not state.turn_due:
        wait = state.wait
        going = {a.command for a in state.activities.values()} | {t.command for t in state.timers.values()}
        alive = wait.any_signal or wait.anything or wait.signals or wait.commands & going
        law(bool(alive), "an open run can go on", wait)


def repeated(
    run: Run, given: i.Input, now: datetime, requests: Mapping[str, str], request: tuple[str, str] | None
) -> None:
    """The same input once more changes nothing."""
    if request is None and not isinstance(given, ANSWERED_ONCE):
        return
    done = attempt(run.state, given, now, requests)
    if isinstance(done, Rejected):
        return
    name = "a repeat changes nothing"
    law(not done.events and done.state == run.state, name, (given, done.events))
    law(
        not done.tasks and all(timer == run.timers.get(key) for key, timer in done.timers.items()),
        name,
        given,
    )
    law(not isinstance(done.reply, Steered) or not done.reply.changed, name, done.reply)


def whole(run: Run) -> None:
    """At the end of a sequence: the fold of the whole history at once."""
    folded = fold(run.history)
    law(folded == run.folded, "the fold of the events is the kept state", folded)
