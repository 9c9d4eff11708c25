"""After the end: detached activities outlive COMPLETED and FAILED, and nothing else is ever appended."""

import pytest

from tests.core.story import Story
from workflows.core import inputs as i
from workflows.core.decide.legal import TABLE, Verdict
from workflows.core.rejection import Code
from workflows.core.values import Status

ENDS = {
    Status.COMPLETED: "Y, WC",
    Status.FAILED: "Y, WF",
    Status.CANCELED: "Y, WX",
    Status.TERMINATED: "WT",
    Status.TIMED_OUT: "WTO",
}
OUTLIVED = (Status.COMPLETED, Status.FAILED)


def running() -> Story:
    """A run with a held detached and a held awaited activity, asked to cancel."""
    return Story("WS(timeout=99); Y(signals), AS(detached attempts=2 run=9), AS; claim(0); claim(1); WCR")


@pytest.mark.parametrize("status", OUTLIVED)
def test_a_detached_activity_runs_on_with_its_retries(status: Status) -> None:
    """A detached activity runs on with its retries."""
    story = running().play(f"{ENDS[status]}; AR(0); retry(0); AC(0)")
    assert story.status is status
    assert not story.state.activities


@pytest.mark.parametrize("status", OUTLIVED)
@pytest.mark.parametrize("outcome", ["AC(0)", "AF(0)", "AR(0); retry(0); claim(0); ATO(0)"])
def test_each_of_its_outcomes_is_recorded(status: Status, outcome: str) -> None:
    """Each of its outcomes is recorded."""
    story = running().play(f"{ENDS[status]}; {outcome}")
    assert not story.state.tasks


@pytest.mark.parametrize("status", ENDS)
def test_an_awaited_activity_ends_with_its_run_without_an_event(status: Status) -> None:
    """An awaited activity ends with its run without an event."""
    story = running()
    late = story.outcome(i.ActivitySucceeded, 1)
    story.play(ENDS[status])
    assert 1 not in {activity.command for activity in story.state.activities.values()}
    assert story.refused(late).code is Code.STALE_TASK


@pytest.mark.parametrize("status", [status for status in ENDS if status not in OUTLIVED])
def test_a_detached_activity_ends_with_a_run_that_was_stopped(status: Status) -> None:
    """A detached activity ends with a run that was stopped."""
    story = running()
    late = story.outcome(i.ActivitySucceeded, 0)
    story.play(ENDS[status])
    assert not story.state.activities
    assert not story.state.tasks
    assert story.refused(late).code is Code.STALE_TASK


@pytest.mark.parametrize("status", OUTLIVED)
def test_an_end_keeps_what_detached_activities_need(status: Status) -> None:
    """An end keeps what detached activities need."""
    story = Story("WS; Y(signals), AS(detached close=9), AS(detached); AR(1); claim(0); WCR; turn")
    text = ENDS[status].removeprefix("Y, ")
    story.play(f"Y, {text}")
    assert len(story.state.activities) == 2
    assert [key.number for key in story.state.tasks] == [story.number(0)]
    story.play("AC(0); retry(1); AC(1)")


def test_no_event_after_the_end_makes_a_turn() -> None:
    """No event after the end makes a turn."""
    story = Story("WS; turn; SR(go); Y(anything), AS(detached); Y, WC; AC(0)")
    assert not story.turn_due
    assert not story.state.unseen


def test_the_table_speaks_of_every_status_and_input() -> None:
    """No cell is missing, and only detached activities are looked at after an end."""
    inputs = {given for _, given in TABLE}
    assert TABLE.keys() == {(status, given) for status in Status for given in inputs}
    decided = {
        given for (status, given), verdict in TABLE.items() if status in ENDS and verdict is Verdict.DECIDE
    }
    assert decided == {
        i.ActivitySucceeded,
        i.ActivityFailed,
        i.ActivityCanceled,
        i.LeaseExpired,
        i.RetryDue,
        i.DeadlineDue,
    }
    for status in (Status.CANCELED, Status.TERMINATED, Status.TIMED_OUT):
        assert Verdict.DECIDE not in {TABLE[status, given] for given in inputs}
