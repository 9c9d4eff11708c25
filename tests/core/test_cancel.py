"""CancelRequested: one WCR and a turn; what the turn cancels, and how each thing answers."""

import pytest

from tests.core.play import BOOM
from tests.core.story import ANY_SIGNAL, Story
from workflows.core import commands as c
from workflows.core import inputs as i
from workflows.core.keys import TaskKey, TaskKind, TimerKey, TimerKind
from workflows.core.rejection import Code
from workflows.core.transition import Steered, StoppingTask
from workflows.core.values import Status


@pytest.mark.parametrize("wait", ["Y(signal go)", "Y, TS(60)", "Y, AS", "Y(all 0 1), AS, TS(1)"])
def test_a_cancel_request_causes_a_turn_whatever_is_awaited(wait: str) -> None:
    """A cancel request causes a turn whatever is awaited."""
    story = Story(f"WS; {wait}; WCR")
    assert story.turn_due
    assert story.state.cancel_requested


def test_cancel_while_waiting_for_a_signal() -> None:
    """Scenario 21."""
    story = Story("WS; Y(signals); WCR; Y, WX")
    assert story.text == "WS, Y, WCR, Y, WX"
    assert story.status is Status.CANCELED


def test_cancel_while_sleeping() -> None:
    """Scenario 21: the turn cancels what the wait waited for."""
    story = Story("WS; Y, TS(60); WCR; Y, TX(0), WX")
    assert story.text == "WS, Y, TS, WCR, Y, TX, WX"
    assert not story.state.timers


def test_cancel_with_a_running_activity_and_a_clean_up() -> None:
    """Scenario 20: the turn does not wait for the answer, and the answer causes no turn."""
    story = Story("WS; Y, AS(beat=5); claim(0); WCR; Y(any 1), ACR(0), AS; AX(0)")
    assert not story.turn_due
    story.play("AC(1); Y, WX")
    assert story.text == "WS, Y, AS, WCR, Y, ACR, AS, AX, AC, Y, WX"


def test_the_holder_of_a_canceled_activity_is_told() -> None:
    """The holder of a canceled activity is told."""
    story = Story("WS; Y, AS; claim(0); WCR")
    done = story.give(story.turn(commands=(c.CancelActivity(command=0),), wait=ANY_SIGNAL))
    key = TaskKey("run-1", TaskKind.ACTIVITY, 3, 1)
    assert isinstance(done.tasks[key], StoppingTask)
    assert story.activity(0).cancel_requested


@pytest.mark.parametrize("answer", ["AX(0)", "AC(0)", "AF(0)"])
def test_a_running_activity_answers_a_cancel_as_it_likes(answer: str) -> None:
    """A running activity answers a cancel as it likes."""
    story = Story(f"WS; Y, AS; claim(0); WCR; Y(signals), ACR(0); {answer}")
    assert not story.state.activities


def test_a_canceled_activity_is_not_retried() -> None:
    """A failure that would be retried is final, since the activity is to stop."""
    story = Story("WS; Y, AS; claim(0); WCR; Y(signals), ACR(0)")
    story.give(story.outcome(i.ActivityFailed, 0, failure=BOOM))
    assert story.last == "AF"


def test_a_canceled_activity_whose_worker_is_lost_is_canceled() -> None:
    """A canceled activity whose worker is lost is canceled."""
    story = Story("WS; Y, AS; claim(0); WCR; Y(signals), ACR(0)")
    task = story.task(0)
    story.give(i.LeaseExpired(key=task.key, delivery=task.delivery, lost=True))
    assert story.last == "AX"


def test_an_activity_that_nobody_holds_is_canceled_at_once() -> None:
    """An activity that nobody holds is canceled at once."""
    story = Story("WS; Y, AS; WCR; Y(signals), AX(0)")
    assert not story.state.activities
    assert not story.state.tasks


def test_an_activity_that_backs_off_is_canceled_at_once() -> None:
    """An activity that backs off is canceled at once."""
    story = Story("WS; Y, AS; AR(0); WCR")
    done = story.give(story.turn(commands=(c.CancelActivity(command=0),), wait=ANY_SIGNAL))
    assert story.last == "Y, AX"
    assert done.timers[TimerKey("run-1", TimerKind.RETRY, 3)] is None


def test_what_is_over_is_not_canceled() -> None:
    """The turn did not know: its commands are no fault, and leave no event."""
    story = Story("WS; Y, AS; WCR; turn; AC(0); Y(signals), cancel(0)")
    assert story.last == "Y"


def test_a_timer_that_has_fired_is_not_canceled() -> None:
    """A timer that has fired is not canceled."""
    story = Story("WS; Y(signals), TS(1); SR(go); turn; TF(0)")
    story.give(story.turn(commands=(c.CancelTimer(command=0),), wait=ANY_SIGNAL))
    assert story.last == "Y"


def test_a_second_cancel_of_one_activity_is_silent() -> None:
    """A second cancel of one activity is silent."""
    story = Story("WS; Y, AS; claim(0); WCR; Y(signals), ACR(0); SR(go); Y(signals), cancel(0)")
    assert story.last == "Y"


def test_an_activity_scheduled_and_canceled_in_one_turn_never_starts() -> None:
    """An activity scheduled and canceled in one turn never starts."""
    story = Story("WS; Y(signals), AS, AX(0)")
    assert not story.state.tasks
    assert story.state.commands == 1


def test_an_awaited_activity_that_is_canceled_at_once_causes_the_next_turn() -> None:
    """An awaited activity that is canceled at once causes the next turn."""
    story = Story("WS; Y, AS; WCR; Y(any 0), AX(0)")
    assert story.turn_due


def test_a_second_cancel_request_is_a_no_op() -> None:
    """A second cancel request is a no op."""
    story = Story("WS; WCR")
    done = story.give(i.CancelRequested(run_id="run-1", request_id="another"))
    assert done.reply == Steered(run_id="run-1", changed=False, status=Status.RUNNING)
    assert story.text == "WS, WCR"


def test_a_cancel_request_that_was_caught_lets_the_run_complete() -> None:
    """A cancel request that was caught lets the run complete."""
    assert Story("WS; Y(signals); WCR; Y, WC").status is Status.COMPLETED


def test_a_cancel_while_a_turn_is_running_belongs_to_the_next() -> None:
    """A cancel while a turn is running belongs to the next."""
    story = Story("WS; turn; WCR; Y(signals)")
    assert story.text == "WS, WCR, Y"
    assert story.turn_due


@pytest.mark.parametrize(
    "script", ["WS; Y, WC", "WS; Y, WF", "WS; WCR; Y, WX", "WS; WT", "WS(timeout=1); WTO"]
)
def test_cancel_of_an_ended_run_says_so(script: str) -> None:
    """Scenario 21."""
    story = Story(script)
    done = story.give(i.CancelRequested(run_id="run-1"))
    assert done.reply == Steered(run_id="run-1", changed=False, status=story.status)
    assert not done.events


def test_cancel_of_an_unknown_run_is_not_found() -> None:
    """Cancel of an unknown run is not found."""
    assert Story().refused(i.CancelRequested(run_id="run-1")).code is Code.NOT_FOUND
