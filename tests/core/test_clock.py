"""TimerDue, RetryDue, DeadlineDue, ExecutionDue: what time brings."""

import pytest

from tests.core.play import BOOM
from tests.core.story import ANY_SIGNAL, DAWN, Story, seconds
from workflows.core import events as e
from workflows.core import inputs as i
from workflows.core import state
from workflows.core.keys import TaskKey, TaskKind, TimerKey, TimerKind
from workflows.core.rejection import Code
from workflows.core.transition import NewTask
from workflows.core.values import FailureKind, Status, TimeoutKind

DEADLINE = TimerKey("run-1", TimerKind.DEADLINE, 3)
EXECUTION = TimerKey("run-1", TimerKind.EXECUTION, 0)


def deadline() -> i.DeadlineDue:
    return i.DeadlineDue(run_id="run-1", number=3)


# Timers of workflow code.


def test_a_timer_fires_at_its_instant() -> None:
    """A timer fires at its instant."""
    story = Story("WS; Y, TS(2); pass(2)")
    done = story.give(i.TimerDue(run_id="run-1", number=3))
    fired = story.event(e.TimerFired)
    assert (fired.started, fired.command, fired.at) == (3, 0, DAWN + seconds(2))
    assert done.timers == {TimerKey("run-1", TimerKind.USER, 3): None}
    assert story.turn_due


def test_a_timer_never_fires_early() -> None:
    """Scenario 13."""
    story = Story("WS; Y, TS(2); pass(1.999)")
    refusal = story.refused(i.TimerDue(run_id="run-1", number=3))
    assert refusal.code is Code.NOT_DUE
    assert "2030-01-01T00:00:02+00:00" in refusal.message


@pytest.mark.parametrize("script", ["TF(0)", "WCR; Y(signals), TX(0)", "WT"])
def test_a_timer_that_is_over_does_not_fire(script: str) -> None:
    """A timer that is over does not fire."""
    story = Story(f"WS; Y, TS(2); {script}; pass(9)")
    assert story.refused(i.TimerDue(run_id="run-1", number=3)).code is Code.STALE_TIMER


def test_an_overdue_timer_fires_late_rather_than_never() -> None:
    """Scenario 28."""
    story = Story("WS; Y, TS(2); pass(3600)")
    story.give(i.TimerDue(run_id="run-1", number=3))
    assert story.last == "TF"


def test_a_timer_of_nothing_fires_at_once() -> None:
    """A timer of nothing fires at once."""
    assert Story("WS; Y, TS(0); TF(0)").turn_due


# Back-offs.


def test_after_the_back_off_comes_the_next_attempt() -> None:
    """After the back off comes the next attempt."""
    story = Story("WS; Y, AS(run=5); AR(0); pass(1)")
    done = story.give(i.RetryDue(run_id="run-1", number=3, attempt=1))
    task = done.tasks[TaskKey("run-1", TaskKind.ACTIVITY, 3, 2)]
    assert isinstance(task, NewTask)
    assert (task.start_to_close, task.created_at) == (seconds(5), story.now)
    assert done.timers == {TimerKey("run-1", TimerKind.RETRY, 3): None}
    assert (story.last, story.activity(0).backing_off) == ("", False)


@pytest.mark.parametrize("attempt", [0, 2])
def test_a_back_off_of_another_attempt_is_over(attempt: int) -> None:
    """A back off of another attempt is over."""
    story = Story("WS; Y, AS; AR(0)")
    assert story.refused(i.RetryDue(run_id="run-1", number=3, attempt=attempt)).code is Code.STALE_TIMER


@pytest.mark.parametrize("script", ["retry(0)", "WCR; Y(signals), AX(0)", "WT", "retry(0); AC(0)"])
def test_a_back_off_ends_once(script: str) -> None:
    """A back off ends once."""
    story = Story(f"WS; Y, AS; AR(0); {script}")
    assert story.refused(i.RetryDue(run_id="run-1", number=3, attempt=1)).code is Code.STALE_TIMER


# Schedule-to-start and schedule-to-close.


def test_the_nearer_of_both_limits_is_armed() -> None:
    """The nearer of both limits is armed."""
    story = Story("WS")
    story.play("Y, AS(start=5 close=9)")
    done = story.give(deadline())
    timer = done.timers[DEADLINE]
    assert timer is not None
    assert timer.due_at == DAWN + seconds(5), "too early: armed again for what lies ahead"
    assert story.last == ""


def test_schedule_to_start_ends_an_activity_that_nobody_took() -> None:
    """Scenario 23; it is not retried, since no attempt was made."""
    story = Story("WS; Y, AS(start=5); ATO(0)")
    timed_out = story.event(e.ActivityTaskTimedOut)
    assert (timed_out.failure.kind, timed_out.failure.timeout) == (
        FailureKind.TIMEOUT,
        TimeoutKind.SCHEDULE_TO_START,
    )
    assert not story.state.activities


def test_schedule_to_start_is_over_once_the_attempt_was_handed_out() -> None:
    """Schedule to start is over once the attempt was handed out."""
    story = Story("WS; Y, AS(start=5); claim(0); pass(9)")
    done = story.give(deadline())
    assert done.timers == {DEADLINE: None}
    assert story.last == ""


def test_a_lost_worker_does_not_bring_schedule_to_start_back() -> None:
    """A lost worker does not bring schedule to start back."""
    story = Story("WS; Y, AS(start=5); claim(0); lose(0); pass(9)")
    story.give(deadline())
    assert story.last == ""


def test_schedule_to_start_is_armed_anew_for_each_attempt() -> None:
    """Schedule to start is armed anew for each attempt."""
    story = Story("WS; Y, AS(start=5); pass(4); AR(0)")
    assert story.activity(0).backing_off
    story.pass_time(60)
    done = story.give(i.RetryDue(run_id="run-1", number=3, attempt=1))
    timer = done.timers[DEADLINE]
    assert timer is not None
    assert timer.due_at == story.now + seconds(5)
    story.play("ATO(0)")
    assert story.event(e.ActivityTaskTimedOut).attempt == 2


def test_schedule_to_start_rests_during_a_back_off() -> None:
    """Schedule to start rests during a back off."""
    story = Story("WS; Y, AS(start=5); claim(0)")
    done = story.give(story.outcome(i.ActivityFailed, 0, failure=BOOM))
    assert done.timers[DEADLINE] is None


@pytest.mark.parametrize(
    "script", ["", "claim(0)", "claim(0); lose(0)", "AR(0)", "AR(0); retry(0); claim(0)"]
)
def test_schedule_to_close_ends_an_activity_whatever_it_does(script: str) -> None:
    """Scenario 23: over all attempts and back-offs."""
    story = Story(f"WS; Y, AS(close=9); {script}; pass(9)")
    done = story.give(deadline())
    assert story.last == "ATO"
    assert story.event(e.ActivityTaskTimedOut).failure.timeout is TimeoutKind.SCHEDULE_TO_CLOSE
    assert not [timer for timer in done.timers.values() if timer is not None]
    assert story.state.tasks.keys() == {story.state.workflow_task_key}


def test_schedule_to_close_stays_armed_over_a_back_off() -> None:
    """Schedule to close stays armed over a back off."""
    story = Story("WS; Y, AS(close=9); claim(0)")
    done = story.give(story.outcome(i.ActivityFailed, 0, failure=BOOM))
    timer = done.timers[DEADLINE]
    assert timer is not None
    assert timer.due_at == DAWN + seconds(9)


def test_the_deadline_of_an_activity_that_is_over_is_stale() -> None:
    """The deadline of an activity that is over is stale."""
    story = Story("WS; Y, AS(close=9); AC(0); pass(9)")
    assert story.refused(deadline()).code is Code.STALE_TIMER


# The execution's timeout.


def test_an_execution_times_out_without_a_worker() -> None:
    """Scenario 14."""
    story = Story("WS(timeout=1); turn")
    late = story.turn(wait=ANY_SIGNAL)
    story.play("WTO")
    assert story.refused(late).code is Code.STALE_TASK
    assert story.status is Status.TIMED_OUT
    assert story.event(e.WorkflowExecutionTimedOut).execution_timeout == seconds(1)
    assert not story.state.tasks


def test_an_execution_that_is_in_time_goes_on() -> None:
    """Scenario 15."""
    story = Story("WS(timeout=60); Y, TS(2); TF(0)")
    assert story.refused(i.ExecutionDue(run_id="run-1")).code is Code.NOT_DUE
    story.play("Y, WC; pass(60)")
    assert story.refused(i.ExecutionDue(run_id="run-1")).code is Code.STALE_TIMER


def test_an_execution_without_a_timeout_never_times_out() -> None:
    """An execution without a timeout never times out."""
    story = Story("WS; pass(1e9)")
    assert story.refused(i.ExecutionDue(run_id="run-1")).code is Code.STALE_TIMER


def test_a_timed_out_execution_cancels_detached_activities() -> None:
    """A timed out execution cancels detached activities."""
    story = Story("WS(timeout=9); Y(signals), AS(detached); claim(0)")
    late = story.outcome(i.ActivitySucceeded, 0)
    story.play("WTO")
    assert story.refused(late).code is Code.STALE_TASK


# The limit of a history.


def test_a_full_history_fails_its_run_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the execution's timer, since the end touches all children and a signal loads none."""
    monkeypatch.setattr(state, "HISTORY_LIMIT", 5)
    story = Story("WS; Y, AS(detached), AS")
    done = story.give(i.SignalSent(run_id="run-1", name="go"))
    timer = done.timers[EXECUTION]
    assert timer is not None
    assert timer.due_at == story.now
    done = story.give(i.ExecutionDue(run_id="run-1"))
    failure = story.event(e.WorkflowExecutionFailed).failure
    assert (story.text, story.status) == ("WS, Y, AS, AS, SR, WF", Status.FAILED)
    assert (failure.kind, failure.type) == (FailureKind.LIMIT, "HISTORY_LIMIT")
    assert failure.message == "the history has 5 events; the limit is 5"
    assert done.timers[EXECUTION] is None
    assert [activity.command for activity in story.state.activities.values()] == [0]


def test_what_ends_a_full_run_first_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """What ends a full run first ends it."""
    monkeypatch.setattr(state, "HISTORY_LIMIT", 3)
    story = Story("WS; SR(go); SR(go); WT")
    assert story.refused(i.ExecutionDue(run_id="run-1")).code is Code.STALE_TIMER
