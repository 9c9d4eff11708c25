"""TerminateRequested: the end at once; no code runs."""

import pytest

from tests.core.story import Story
from workflows.core import events as e
from workflows.core import inputs as i
from workflows.core.keys import TimerKey, TimerKind
from workflows.core.rejection import Code
from workflows.core.transition import Steered
from workflows.core.values import Status


def test_terminate_ends_a_run_with_all_it_had() -> None:
    """Scenario 22: pending activities, detached or not, learn it by finding their task gone."""
    story = Story("WS(timeout=60); Y(signals), AS, AS(detached close=9), TS(5); claim(0); AR(1); SR(go)")
    outstanding = set(story.state.tasks)
    done = story.give(i.TerminateRequested(run_id="run-1", reason="stuck", identity="me"))
    assert story.last == "WT"
    assert done.closed
    assert {key for key, task in done.tasks.items() if task is None} == outstanding
    assert {(key.kind, key.number) for key, timer in done.timers.items() if timer is None} == {
        (TimerKind.EXECUTION, 0),
        (TimerKind.USER, 5),
        (TimerKind.RETRY, 4),
        (TimerKind.DEADLINE, 4),
    }
    assert (story.event(e.WorkflowExecutionTerminated).reason, story.state.tasks) == ("stuck", {})


def test_an_outcome_after_a_terminate_is_refused() -> None:
    """An outcome after a terminate is refused."""
    story = Story("WS; Y, AS(detached); claim(0)")
    late = story.outcome(i.ActivitySucceeded, 0)
    story.play("WT")
    refusal = story.refused(late)
    assert refusal.code is Code.STALE_TASK
    assert "TERMINATED" in refusal.message


@pytest.mark.parametrize("script", ["WS; Y, WC", "WS; Y, WF", "WS; WT", "WS(timeout=1); WTO"])
def test_terminate_of_an_ended_run_says_so(script: str) -> None:
    """Terminate of an ended run says so."""
    story = Story(script)
    done = story.give(i.TerminateRequested(run_id="run-1"))
    assert done.reply == Steered(run_id="run-1", changed=False, status=story.status)
    assert not done.events


def test_the_execution_timer_goes_with_the_run() -> None:
    """The execution timer goes with the run."""
    story = Story("WS(timeout=60)")
    done = story.give(i.TerminateRequested(run_id="run-1", request_id="t1"))
    assert done.timers == {TimerKey("run-1", TimerKind.EXECUTION, 0): None}
    assert done.request == ("t1", "run-1")
    assert done.reply == Steered(run_id="run-1", changed=True, status=Status.TERMINATED)
