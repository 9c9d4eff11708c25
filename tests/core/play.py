"""The words of a story: what input each step stands for, and that it emits what the step says.

Arguments stand in parentheses, parted by spaces: a bare word or number, or `name=value`; durations are in seconds.

    WS(timeout=60 id=req)              a start
    Y(any 0 1 | all 0 1 | signal go | signals | anything), commands …
                                       a turn; with nothing said it waits for what it creates, else for any signal
      AS(detached attempts=3 close=5 start=5 run=5 beat=5 queue=q)   TS(2)   TX(1)   ACR(0)   AX(0)   WC  WF  WX
      cancel(0)                        a cancellation that is to have no event
    AC(0) AX(0)                        the holder succeeds, or answers a cancel request
    AF(0) AR(0)                        the holder fails, for good or to be retried
    ATO(0)                             whichever limit is nearest is reached
    TF(0)                              time goes on to the timer's instant
    SR(go id=req)  WCR(id=req)  WT  WTO
"""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from workflows.core import commands as c
from workflows.core import inputs as i
from workflows.core.keys import TaskKind
from workflows.core.values import Failure, RetryPolicy, Wait

if TYPE_CHECKING:
    from tests.core.story import Story

BOOM = Failure(type="Boom", message="it broke")
FATAL = Failure(type="Boom", message="it broke", non_retryable=True)


class Word(NamedTuple):
    """`AS(detached close=5)`: a name, bare arguments, named arguments."""

    name: str
    bare: tuple[str, ...]
    named: dict[str, str]

    @property
    def command(self) -> int:
        return int(self.bare[0]) if self.bare else 0


_WORD = re.compile(r"(\w+)(?:\(([^)]*)\))?$")


def word(text: str) -> Word:
    found = _WORD.match(text.strip())
    assert found is not None, f"not a word of a story: {text!r}"
    parts = (found[2] or "").split()
    named = dict(part.split("=", 1) for part in parts if "=" in part)
    return Word(found[1], tuple(part for part in parts if "=" not in part), named)


def play(story: "Story", step: str) -> None:
    """One step: its input, and the check that it emits the events that the step names."""
    words = [word(part) for part in step.split(",")]
    story.added = []
    _PLAY[words[0].name](story, words)
    expected = ", ".join(each.name for each in words if each.name.isupper())
    assert story.last == expected, f"{step!r} emitted {story.last!r} after {story.text!r}"


def _start(story: "Story", words: list[Word]) -> None:
    named = words[0].named
    story.runs += 1
    timeout = timedelta(seconds=float(named["timeout"])) if "timeout" in named else None
    story.give(
        i.StartRequested(
            workflow_id="order-1",
            run_id=f"run-{story.runs}",
            workflow_type="Order",
            execution_timeout=timeout,
            request_id=named.get("id", ""),
        )
    )


def _turn(story: "Story", words: list[Word]) -> None:
    story.give(turn_of(story, words))


def turn_of(story: "Story", words: list[Word]) -> i.TurnCompleted:
    index = first = story.state.commands
    commands: list[c.Command] = []
    for each in words[1:]:
        commands.append(_command(each, index))
        index += each.name in ("AS", "TS")
    return story.turn(commands=tuple(commands), wait=wait_of(words[0].bare, range(first, index)))


def wait_of(bare: tuple[str, ...], created: range) -> Wait:
    match bare:
        case ():
            return Wait(commands=frozenset(created)) if created else Wait(any_signal=True)
        case ("any" | "all" as how, *numbers):
            return Wait(all=how == "all", commands=frozenset(int(each) for each in numbers))
        case ("signal", *names):
            return Wait(signals=frozenset(names))
        case ("signals",):
            return Wait(any_signal=True)
        case ("anything",):
            return Wait(anything=True)
    raise AssertionError(f"not a wait: {bare}")


def _command(each: Word, index: int) -> c.Command:
    match each.name:
        case "AS":
            return schedule(each, index)
        case "TS":
            return c.StartTimer(command=index, duration=timedelta(seconds=float(each.bare[0])))
        case "TX":
            return c.CancelTimer(command=each.command)
        case "ACR" | "AX" | "cancel":
            return c.CancelActivity(command=each.command)
        case "WC":
            return c.CompleteWorkflow()
        case "WF":
            return c.FailWorkflow(failure=BOOM)
        case "WX":
            return c.CancelWorkflow()
    raise AssertionError(f"no command emits {each.name}")


_LIMITS = {
    "run": "start_to_close",
    "start": "schedule_to_start",
    "close": "schedule_to_close",
    "beat": "heartbeat_timeout",
}


def schedule(each: Word, index: int) -> c.ScheduleActivity:
    given: dict[str, Any] = {
        _LIMITS[name]: timedelta(seconds=float(value))
        for name, value in each.named.items()
        if name in _LIMITS
    }
    if "attempts" in each.named:
        given["retry"] = RetryPolicy(maximum_attempts=int(each.named["attempts"]))
    return c.ScheduleActivity(
        command=index,
        activity_type="Charge",
        task_queue=each.named.get("queue", ""),
        detached="detached" in each.bare,
        **given,
    )


def _outcome(kind: type[Any], **fields: Any) -> Callable[["Story", list[Word]], None]:
    def play_outcome(story: "Story", words: list[Word]) -> None:
        story.give(story.outcome(kind, words[0].command, **fields))

    return play_outcome


def _timed_out(story: "Story", words: list[Word]) -> None:
    activity, task = story.activity(words[0].command), story.task(words[0].command)
    if task.is_held and task.lease_until is not None:
        story.now = max(story.now, task.lease_until)
        story.give(i.LeaseExpired(key=task.key, delivery=task.delivery))
        return
    start_at = None if activity.schedule_to_start is None else task.created_at + activity.schedule_to_start
    ends = [each for each in (activity.close_deadline, start_at) if each is not None]
    story.now = max(story.now, min(ends))
    story.give(i.DeadlineDue(run_id=story.state.run_id, number=activity.number))


def _fired(story: "Story", words: list[Word]) -> None:
    timers = story.state.timers.values()
    timer = next(t for t in timers if not words[0].bare or t.command == words[0].command)
    story.now = max(story.now, timer.due_at)
    story.give(i.TimerDue(run_id=story.state.run_id, number=timer.number))


def _signal(story: "Story", words: list[Word]) -> None:
    name, named = "".join(words[0].bare) or "go", words[0].named
    story.give(i.SignalSent(run_id=story.state.run_id, name=name, request_id=named.get("id", "")))


def _cancel(story: "Story", words: list[Word]) -> None:
    story.give(i.CancelRequested(run_id=story.state.run_id, request_id=words[0].named.get("id", "")))


def _terminate(story: "Story", words: list[Word]) -> None:
    story.give(i.TerminateRequested(run_id=story.state.run_id))


def _execution_due(story: "Story", words: list[Word]) -> None:
    deadline = story.state.execution_deadline
    assert deadline is not None, "the run has no execution timeout"
    story.now = max(story.now, deadline)
    story.give(i.ExecutionDue(run_id=story.state.run_id))


def _retry(story: "Story", words: list[Word]) -> None:
    activity = story.activity(words[0].command)
    given = i.RetryDue(run_id=story.state.run_id, number=activity.number, attempt=activity.attempt)
    story.give(given)


def _lose(story: "Story", words: list[Word]) -> None:
    task = story.hold(words[0].command if words[0].bare else None)
    assert task.key.kind in TaskKind
    story.give(i.LeaseExpired(key=task.key, delivery=task.delivery, lost=True))


_PLAY: dict[str, Callable[["Story", list[Word]], Any]] = {
    "WS": _start,
    "Y": _turn,
    "AC": _outcome(i.ActivitySucceeded),
    "AX": _outcome(i.ActivityCanceled),
    "AF": _outcome(i.ActivityFailed, failure=FATAL),
    "AR": _outcome(i.ActivityFailed, failure=BOOM),
    "fail": _outcome(i.ActivityFailed, failure=BOOM),
    "ATO": _timed_out,
    "TF": _fired,
    "SR": _signal,
    "WCR": _cancel,
    "WT": _terminate,
    "WTO": _execution_due,
    "retry": _retry,
    "lose": _lose,
    "claim": lambda story, words: story.claim(words[0].command),
    "turn": lambda story, words: story.claim(),
    "beat": lambda story, words: story.beat(words[0].command),
    "pass": lambda story, words: story.pass_time(float(words[0].bare[0])),
}
