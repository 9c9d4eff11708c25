"""Replay against the engine's own kernel: random programs live whole lives, and neither side ever objects.

The kernel decides what each turn leaves in the history and when the next is due; replay answers. A turn that the kernel
refuses, or a history of the kernel that replay cannot match, is a misreading of the contract by one of the two.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from sched_sdk.proto.v1 import history_pb2, worker_pb2
from sched_sdk.replay import Execution, TurnResult

from tests.core.play import FATAL
from tests.core.story import Story
from tests.sdk.replaying import Code, told
from tests.sdk.test_replay_laws import Step, async_code, parallel, plain_code, programs
from workflows.codec import commands as codec_commands
from workflows.codec import events as codec_events
from workflows.core import inputs as i
from workflows.core.values import Payload

TURNS_MAX = 12
ARRIVALS_MAX = 40

Draw = Callable[[st.SearchStrategy[Any]], Any]


def history_of(story: Story, through: int | None = None) -> list[history_pb2.HistoryEvent]:
    """The kernel's events as a worker is given them."""
    events = story.events[:through]
    return [history_pb2.HistoryEvent.FromString(codec_events.encode(event)) for event in events]


def moves(story: Story) -> list[Callable[[], object]]:
    """What can happen to the run now, apart from a turn."""
    state = story.state
    run_id = state.run_id
    found: list[Callable[[], object]] = []
    for activity in state.activities.values():
        command = activity.command
        found += 3 * [partial(_succeeds, story, command)]
        found += [partial(_answers, story, command, i.ActivityFailed, failure=FATAL)]
        found += [partial(story.hold, command)]
        if activity.cancel_requested:
            found += 2 * [partial(_answers, story, command, i.ActivityCanceled)]
    for timer in state.timers.values():
        found += 2 * [partial(_fires, story, timer)]
    found += [partial(story.give, i.SignalSent(run_id=run_id, name=name)) for name in ("a", "b")]
    if state.turns and not state.cancel_requested:
        found.append(partial(story.give, i.CancelRequested(run_id=run_id, reason="why")))
    return found


def _succeeds(story: Story, command: int) -> None:
    _answers(story, command, i.ActivitySucceeded, result=Payload(data=b"1"))


def _answers(story: Story, command: int, kind: type[Any], **fields: Any) -> None:
    story.give(story.outcome(kind, command, **fields))


def _fires(story: Story, timer: Any) -> None:
    story.now = max(story.now, timer.due_at)
    story.give(i.TimerDue(run_id=story.state.run_id, number=timer.number))


def happens(story: Story, draw: Draw) -> None:
    """One thing that can happen, happens."""
    draw(st.sampled_from(moves(story)))()


def is_turn(result: TurnResult, story: Story) -> worker_pb2.Turn:
    """The turn that an answer must be."""
    assert isinstance(result, worker_pb2.Turn), f"{story.text}: {told(result)}"
    return result


def take_turn(code: Code, kept: Execution, story: Story, draw: Draw) -> None:
    """A worker does the turn that is due, while other things go on."""
    task = story.hold()
    events = history_of(story)
    fresh = Execution(code.definition, registry=code.registry)
    turn = is_turn(fresh.activate(events, seen_through=len(events)), story)
    fresh.close()
    assert kept.activate(events, seen_through=len(events)) == turn, story.text
    for _ in range(draw(st.integers(0, 2))):
        happens(story, draw)
    story.give(codec_commands.turn_of(turn, key=task.key, delivery=task.delivery))


def live(code: Code, draw: Draw) -> Story:
    """A life, from the start to the end or to the bounds of the test."""
    story = Story("WS")
    kept = Execution(code.definition, registry=code.registry)
    arrivals = 0
    try:
        while story.state.is_open and story.state.turns < TURNS_MAX and arrivals < ARRIVALS_MAX:
            if story.turn_due:
                take_turn(code, kept, story, draw)
            else:
                happens(story, draw)
                arrivals += 1
    finally:
        kept.close()
        note(story.text)
    return story


def check(code: Code, story: Story) -> None:
    """The whole history replays."""
    execution = Execution(code.definition, registry=code.registry)
    try:
        execution.check(history_of(story))
    finally:
        execution.close()


LIVES = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@LIVES
@given(program=programs, data=st.data())
def test_plain_functions_and_the_kernel_agree(program: list[Step], data: st.DataObject) -> None:
    """And the async function would have written the same history."""
    story = live(plain_code(program), data.draw)
    check(plain_code(program), story)
    check(async_code(program), story)


@LIVES
@given(program=parallel, data=st.data())
def test_async_functions_and_the_kernel_agree(program: list[Step], data: st.DataObject) -> None:
    """Strands in parallel among them."""
    code = async_code(program)
    check(code, live(code, data.draw))
