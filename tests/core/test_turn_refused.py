"""Turns that contradict their run: each refusal names the field, the value and the rule, and nothing changes."""

from dataclasses import replace
from typing import Any

import pytest

from tests.core.story import ANY_SIGNAL, Story, seconds
from workflows.core import commands as c
from workflows.core import inputs as i
from workflows.core.keys import TaskKind
from workflows.core.rejection import Code
from workflows.core.values import NO_WAIT, Wait

RUN = "WS; SR(go); Y(any 0), AS, TS(9); AC(0)"
"""Six events; the next command is number 2, one signal is there to take."""

END = c.CompleteWorkflow()


def activity(index: int, **limits: Any) -> c.ScheduleActivity:
    return c.ScheduleActivity(command=index, activity_type="Charge", **limits)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"seen_through": 7}, "turn.seen_through: 7: must be 2 to 6"),
        ({"seen_through": 1}, "turn.seen_through: 1: must be 2 to 6"),
        ({"seen_through": -1}, "turn.seen_through: -1: must be 2 to 6"),
        ({"commands": (activity(0),)}, "turn.commands[0].command: 0: must be 2"),
        ({"commands": (activity(2), activity(2))}, "turn.commands[1].command: 2: must be 3"),
        (
            {"commands": (c.StartTimer(command=3, duration=seconds(1)),)},
            "turn.commands[0].command: 3: must be 2",
        ),
        (
            {"commands": (c.StartTimer(command=2, duration=seconds(-1)),)},
            "turn.commands[0].duration: -1 day, 23:59:59: must not be negative",
        ),
        (
            {"commands": (c.CancelActivity(command=2),)},
            "turn.commands[0].command: 2: must be that of an earlier command, below 2",
        ),
        (
            {"commands": (activity(2), c.CancelTimer(command=-1))},
            "turn.commands[1].command: -1: must be that of an earlier command, below 3",
        ),
        (
            {"commands": (END, activity(2))},
            "turn.commands[0]: CompleteWorkflow: must be the last, since it ends the run",
        ),
        (
            {"commands": (END, END)},
            "turn.commands[0]: CompleteWorkflow: must be the last, since it ends the run",
        ),
        (
            {"wait": NO_WAIT},
            "turn.wait: empty: a turn that does not end the run must name what it waits for",
        ),
        (
            {"wait": Wait(commands=frozenset((0, 2)))},
            "turn.wait.commands: 2: must be that of a command of the run, below 2",
        ),
        (
            {"wait": Wait(commands=frozenset((-1,)))},
            "turn.wait.commands: -1: must be that of a command of the run, below 2",
        ),
        (
            {"signals_taken": (2, 3)},
            "turn.signals_taken: 2 numbers: the run has 1 signals that no turn has taken",
        ),
        ({"signals_taken": (7,)}, "turn.signals_taken: 7: must be an event that the turn was given, 2 to 6"),
        ({"signals_taken": (1,)}, "turn.signals_taken: 1: must be an event that the turn was given, 2 to 6"),
    ],
)
def test_a_turn_that_contradicts_its_run_is_refused(fields: dict[str, Any], message: str) -> None:
    """A turn that contradicts its run is refused."""
    story = Story(RUN)
    refusal = story.refused(story.turn(**({"wait": ANY_SIGNAL} | fields)))
    assert (refusal.code, refusal.message, refusal.run_id) == (Code.INVALID_TURN, message, "run-1")


@pytest.mark.parametrize(
    "limit", ["start_to_close", "schedule_to_start", "schedule_to_close", "heartbeat_timeout"]
)
@pytest.mark.parametrize("duration", [0, -1])
def test_a_limit_that_is_not_positive_is_refused(limit: str, duration: float) -> None:
    """A limit that is not positive is refused."""
    story = Story(RUN)
    turn = story.turn(commands=(activity(2, **{limit: seconds(duration)}),), wait=ANY_SIGNAL)
    message = story.refused(turn).message
    assert message == f"turn.commands[0].{limit}: {seconds(duration)}: must be positive"


def test_a_signal_is_taken_once() -> None:
    """A signal is taken once."""
    story = Story("WS; SR(go); SR(go)")
    message = story.refused(story.turn(signals_taken=(2, 2), wait=ANY_SIGNAL)).message
    assert message == "turn.signals_taken: (2, 2): must name each signal once"


def test_a_refused_turn_can_be_given_again_right() -> None:
    """A refused turn can be given again right."""
    story = Story(RUN)
    story.refused(story.turn(wait=NO_WAIT))
    story.play("Y, WC")


def test_a_turn_given_twice_is_refused_the_second_time() -> None:
    """Scenario 41: the task is gone."""
    story = Story("WS")
    turn = story.turn(wait=ANY_SIGNAL)
    story.give(turn)
    assert story.refused(turn).code is Code.STALE_TASK


def test_a_turn_of_an_earlier_delivery_is_refused() -> None:
    """A turn of an earlier delivery is refused."""
    story = Story("WS")
    late = story.turn(wait=ANY_SIGNAL)
    story.play("lose; turn")
    refusal = story.refused(late)
    assert refusal.code is Code.STALE_TASK
    assert refusal.message == "delivery 1 of the task is over; the current one is 2"


def test_a_turn_without_a_claim_is_refused() -> None:
    """A turn without a claim is refused."""
    story = Story("WS")
    turn = i.TurnCompleted(key=story.state.workflow_task_key, delivery=0, seen_through=1, wait=ANY_SIGNAL)
    assert story.refused(turn).code is Code.STALE_TASK


def test_a_turn_with_an_activitys_token_is_refused() -> None:
    """A turn with an activity's token is refused."""
    story = Story("WS; Y, AS; claim(0); WCR")
    turn = replace(story.turn(wait=ANY_SIGNAL), key=story.task(0).key)
    assert turn.key.kind is TaskKind.ACTIVITY
    assert story.refused(turn).code is Code.STALE_TASK


def test_a_turn_of_an_ended_run_is_refused() -> None:
    """A turn of an ended run is refused."""
    story = Story("WS")
    turn = story.turn(wait=ANY_SIGNAL)
    story.play("WT")
    assert story.refused(turn).code is Code.STALE_TASK
