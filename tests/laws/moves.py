"""What may come next in a walk: inputs that fit what a run waits for, and ones that do not."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.laws.record import Run
from tests.laws.turns import a_turn, an_eager_turn
from workflows.core import inputs as i
from workflows.core.keys import TaskKey, TaskKind, TimerKind
from workflows.core.state import State, TaskState
from workflows.core.transition import NewTimer
from workflows.core.values import ConflictPolicy, Failure, RetryPolicy, ReusePolicy, Wait

if TYPE_CHECKING:
    from tests.laws.walk import Walk

SIGNALS = ("go", "stop", "more")
TOKENS = (i.ActivitySucceeded, i.ActivityFailed, i.ActivityCanceled)
KINDS: tuple[type[Any], ...] = (
    i.StartRequested, i.SignalSent, i.CancelRequested, i.TerminateRequested, i.TurnCompleted, *TOKENS,
    i.LeaseExpired, i.TimerDue, i.RetryDue, i.DeadlineDue, i.ExecutionDue,
)  # fmt: skip
NOBODY = "00000000-0000-7000-8000-00000000dead"
"""A run that does not exist."""

Choice = tuple[float, Callable[[], i.Input]]


def next_input(walk: "Walk") -> tuple[Run | None, i.Input]:
    """An input and the run that it reaches, if there is one."""
    rng, run = walk.rng, walk.current
    if run is None or rng.random() < 0.01:
        given = start(walk) if run is None and rng.random() < 0.8 else stray(walk, None)
        return (run if isinstance(given, i.StartRequested) else None), given
    if len(walk.runs) > 1 and rng.random() < 0.12:
        run = rng.choice(walk.runs)
    choices = _open(walk, run) if run.state.is_open else _closed(walk, run)
    weights, makers = zip(*choices, strict=True)
    given = rng.choices(makers, weights)[0]()
    return (walk.current if isinstance(given, i.StartRequested) else run), given


def _open(walk: "Walk", run: Run) -> list[Choice]:
    state, rng = run.state, walk.rng
    choices: list[Choice] = [
        (2.5, lambda: signal(walk, state)),
        (0.5, lambda: i.CancelRequested(run_id=state.run_id, request_id=request_id(walk))),
        (0.12, lambda: i.TerminateRequested(run_id=state.run_id, request_id=request_id(walk))),
        (0.3, lambda: start(walk)),
        (1.0, lambda: stray(walk, run)),
        (0.5, lambda: rng.choice(walk.given)),
    ]
    task = state.tasks.get(state.workflow_task_key)
    if task is not None and task.is_held:
        choices.append((14.0, lambda: a_turn(rng, run, task)))
    return choices + _work(walk, run)


def _closed(walk: "Walk", run: Run) -> list[Choice]:
    return [
        (3.0, lambda: start(walk)),
        (1.5, lambda: stray(walk, run)),
        (0.2, lambda: walk.rng.choice(walk.given)),
        *_work(walk, run),
    ]


def _work(walk: "Walk", run: Run) -> list[Choice]:
    """What is outstanding: tasks in workers' hands, timers."""
    choices: list[Choice] = []
    held = [task for task in run.state.tasks.values() if task.is_held]
    activities = [task for task in held if task.key.kind is TaskKind.ACTIVITY]
    if activities:
        choices.append((7.0, lambda: answer(walk, run, walk.rng.choice(activities))))
    if held:
        choices.append((1.5, lambda: lapse(walk, walk.rng.choice(held))))
    timers = [timer for timer in run.timers.values() if timer.key.kind is not TimerKind.EXECUTION]
    if timers:
        choices.append((5.0, lambda: due(walk, walk.rng.choice(timers))))
    if len(timers) < len(run.timers):
        choices.append((0.4, lambda: due(walk, next(reversed(run.timers.values())))))
    return choices


def request_id(walk: "Walk") -> str:
    """None, one of a few (so that they meet again)."""
    return f"request-{walk.rng.randrange(12)}" if walk.rng.random() < 0.4 else ""


def start(walk: "Walk") -> i.StartRequested:
    rng = walk.rng
    run_id = f"run-{len(walk.runs) + 1}"
    timeout = timedelta(seconds=rng.choice((1, 60, 600))) if rng.random() < 0.4 else None
    policies: dict[str, Any] = {}
    if walk.current is not None and rng.random() < 0.5:
        policies = {"conflict": rng.choice(list(ConflictPolicy)), "reuse": rng.choice(list(ReusePolicy))}
    return i.StartRequested(
        workflow_id="order-1",
        run_id=run_id,
        workflow_type="Order",
        execution_timeout=timeout,
        request_id=request_id(walk),
        signal=i.SignalSent(run_id=run_id, name=rng.choice(SIGNALS)) if rng.random() < 0.2 else None,
        **policies,
    )


def signal(walk: "Walk", state: State) -> i.SignalSent:
    return i.SignalSent(run_id=state.run_id, name=walk.rng.choice(SIGNALS), request_id=request_id(walk))


def answer(walk: "Walk", run: Run, task: TaskState) -> i.Input:
    """A worker's answer to an activity task."""
    rng = walk.rng
    token: dict[str, Any] = {"key": task.key, "delivery": task.delivery}
    if rng.random() < 0.04:
        token["delivery"] += rng.choice((-1, 1))
    asked = run.state.activities[task.key.number].cancel_requested
    luck = rng.random()
    if luck < (0.6 if asked else 0.04):
        return i.ActivityCanceled(**token)
    if luck < 0.75:
        turn = an_eager_turn(rng, run, task) if rng.random() < 0.3 else None
        return i.ActivitySucceeded(**token, turn=turn)
    return i.ActivityFailed(**token, failure=failure(walk), declared_retry=declared(walk))


def failure(walk: "Walk") -> Failure:
    return Failure(type=walk.rng.choice(("Boom", "Fatal")), non_retryable=walk.rng.random() < 0.2)


def declared(walk: "Walk") -> RetryPolicy | None:
    if walk.rng.random() < 0.7:
        return None
    return RetryPolicy(maximum_attempts=0, non_retryable_error_types=("Fatal",))


def lapse(walk: "Walk", task: TaskState) -> i.LeaseExpired:
    """A lease that lapsed, or one that a loop believes to have."""
    rng = walk.rng
    lost = rng.random() < 0.5
    if not lost and rng.random() < 0.85 and task.lease_until is not None:
        walk.now = max(walk.now, task.lease_until)
    return i.LeaseExpired(key=task.key, delivery=task.delivery, lost=lost)


def due(walk: "Walk", timer: NewTimer) -> i.Input:
    """A timer's instant has come, mostly."""
    if walk.rng.random() < 0.9:
        walk.now = max(walk.now, timer.due_at)
    run_id, kind, number = timer.key
    match kind:
        case TimerKind.USER:
            return i.TimerDue(run_id=run_id, number=number)
        case TimerKind.RETRY:
            return i.RetryDue(run_id=run_id, number=number, attempt=timer.stamp)
        case TimerKind.DEADLINE:
            return i.DeadlineDue(run_id=run_id, number=number)
        case TimerKind.EXECUTION:
            return i.ExecutionDue(run_id=run_id)


def stray(walk: "Walk", run: Run | None) -> i.Input:
    """An input of any kind, its key guessed: made up, outdated, or by luck the right one."""
    rng = walk.rng
    run_id = NOBODY if run is None else run.state.run_id
    last = 1 if run is None else run.state.last_event
    number, kind = 1 + rng.randrange(last + 1), rng.choice(KINDS)
    activity = TaskKey(run_id, TaskKind.ACTIVITY, number, 1 + rng.randrange(2))
    turn = TaskKey(run_id, TaskKind.WORKFLOW, 1 + rng.randrange(3), 1)
    delivery = rng.randrange(3)
    if kind is i.StartRequested:
        return start(walk)
    if kind in (i.SignalSent, i.CancelRequested, i.TerminateRequested):
        fields: dict[str, Any] = {"name": "go"} if kind is i.SignalSent else {}
        return kind(run_id=run_id, request_id=request_id(walk), **fields)  # type: ignore[no-any-return]
    if kind is i.TurnCompleted:
        key = turn if rng.random() < 0.8 else activity
        return i.TurnCompleted(key=key, delivery=delivery, seen_through=last, wait=Wait(any_signal=True))
    if kind is i.LeaseExpired:
        return i.LeaseExpired(key=rng.choice((turn, activity)), delivery=delivery, lost=True)
    if kind in TOKENS:
        key = activity if rng.random() < 0.8 else turn
        more = {"failure": failure(walk)} if kind is i.ActivityFailed else {}
        return kind(key=key, delivery=delivery, **more)  # type: ignore[no-any-return]
    if kind is i.RetryDue:
        return i.RetryDue(run_id=run_id, number=number, attempt=1 + rng.randrange(3))
    if kind is i.ExecutionDue:
        return i.ExecutionDue(run_id=run_id)
    return kind(run_id=run_id, number=number)  # type: ignore[no-any-return]
