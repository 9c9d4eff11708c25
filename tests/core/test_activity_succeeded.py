"""ActivitySucceeded: one AC, from the holder alone."""

from dataclasses import replace

import pytest

from tests.core.story import ANY_SIGNAL, Story
from workflows.core import events as e
from workflows.core import inputs as i
from workflows.core.keys import TaskKey, TaskKind, TimerKey, TimerKind
from workflows.core.rejection import Code
from workflows.core.values import Payload


def test_a_result_is_recorded_with_its_attempt() -> None:
    """Scenario 5: the AC names the attempt that succeeded."""
    story = Story("WS; Y, AS; AR(0); retry(0); AR(0); retry(0); claim(0)")
    result = Payload(data=b"42")
    done = story.give(story.outcome(i.ActivitySucceeded, 0, result=result, identity="w1"))
    completed = story.event(e.ActivityTaskCompleted)
    assert (completed.scheduled, completed.command, completed.attempt) == (3, 0, 3)
    assert (completed.result, completed.identity, completed.delivery) == (result, "w1", 1)
    assert done.tasks[TaskKey("run-1", TaskKind.ACTIVITY, 3, 3)] is None
    assert done.activities == {3}


def test_its_deadline_goes_with_the_activity() -> None:
    """Its deadline goes with the activity."""
    story = Story("WS; Y, AS(close=9); claim(0)")
    done = story.give(story.outcome(i.ActivitySucceeded, 0))
    assert done.timers == {TimerKey("run-1", TimerKind.DEADLINE, 3): None}


def test_an_activity_that_nobody_awaits_causes_no_turn() -> None:
    """An activity that nobody awaits causes no turn."""
    story = Story("WS; Y(signals), AS; AC(0)")
    assert not story.turn_due


def test_a_completion_given_twice_is_refused_the_second_time() -> None:
    """Scenario 41."""
    story = Story("WS; Y, AS; claim(0)")
    outcome = story.outcome(i.ActivitySucceeded, 0)
    story.give(outcome)
    refusal = story.refused(outcome)
    assert refusal.code is Code.STALE_TASK
    assert refusal.message == "the task is gone: it was completed, timed out or canceled"


@pytest.mark.parametrize("delivery", [0, 1, 3])
def test_only_the_current_delivery_speaks(delivery: int) -> None:
    """A worker that was given up, and one that made its token up."""
    story = Story("WS; Y, AS; claim(0); lose(0); claim(0)")
    refusal = story.refused(story.outcome(i.ActivitySucceeded, 0, delivery=delivery))
    assert refusal.code is Code.STALE_TASK
    assert refusal.message == f"delivery {delivery} of the task is over; the current one is 2"


def test_a_task_that_was_given_back_is_nobodys() -> None:
    """A task that was given back is nobody's."""
    story = Story("WS; Y, AS; claim(0)")
    late = story.outcome(i.ActivitySucceeded, 0)
    story.play("lose(0)")
    assert story.refused(late).code is Code.STALE_TASK


def test_an_earlier_attempt_is_over() -> None:
    """An earlier attempt is over."""
    story = Story("WS; Y, AS; claim(0)")
    late = story.outcome(i.ActivitySucceeded, 0)
    story.play("AR(0); retry(0); claim(0)")
    assert story.refused(late).code is Code.STALE_TASK


def test_a_workflow_tasks_token_is_refused() -> None:
    """A workflow task's token is refused."""
    story = Story("WS; Y, AS; claim(0); WCR")
    turn = story.turn(wait=ANY_SIGNAL)
    refusal = story.refused(replace(story.outcome(i.ActivitySucceeded, 0), key=turn.key))
    assert (refusal.code, refusal.message) == (Code.STALE_TASK, "the token is not of an activity task")


def test_fifty_completions_are_fifty_events_and_one_turn() -> None:
    """Scenario 33, at the kernel."""
    numbers = " ".join(map(str, range(50)))
    story = Story(f"WS; Y(all {numbers}), " + ", ".join(["AS"] * 50))
    for command in range(50):
        story.play(f"AC({command})")
    assert [event.number for event in story.events] == list(range(1, 103))
    story.play("Y, WC")


def test_a_delivery_that_was_given_up_is_told_that_nobody_has_the_task() -> None:
    """There is no current delivery to speak of until the next worker has it."""
    story = Story("WS; Y, AS; claim(0)")
    late = story.outcome(i.ActivitySucceeded, 0, delivery=1)
    story.play("lose(0)")
    assert story.refused(late).message == "delivery 1 of the task is over; it waits for its next worker"
