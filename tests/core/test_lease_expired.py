"""LeaseExpired: lost workers, start-to-close and heartbeat timeouts; five deliveries."""

import pytest

from tests.core.story import LEASE, Story, seconds
from workflows.core import events as e
from workflows.core import inputs as i
from workflows.core.keys import TaskKey, TaskKind
from workflows.core.rejection import Code
from workflows.core.transition import ReleasedTask
from workflows.core.values import FailureKind, TimeoutKind


def expired(story: Story, command: int | None = None, *, lost: bool = False) -> i.LeaseExpired:
    task = story.task(command)
    return i.LeaseExpired(key=task.key, delivery=task.delivery, lost=lost)


def test_a_lost_worker_means_the_same_attempt_and_the_next_delivery() -> None:
    """Scenario 27: no event, and no second AS."""
    story = Story("WS; Y, AS; claim(0)")
    done = story.give(expired(story, 0, lost=True))
    released = done.tasks[TaskKey("run-1", TaskKind.ACTIVITY, 3, 1)]
    assert isinstance(released, ReleasedTask)
    assert (released.lost, released.visible_at, released.problem) == (1, story.now, "")
    task = story.claim(0)
    assert (task.key.attempt, task.delivery, task.lost) == (1, 2, 1)
    assert story.text == "WS, Y, AS"


def test_a_lease_that_is_over_means_a_lost_worker() -> None:
    """A lease that is over means a lost worker."""
    story = Story("WS; Y, AS; claim(0)")
    story.now += LEASE
    story.give(expired(story, 0))
    assert not story.task(0).is_held
    assert story.last == ""


def test_a_lease_that_was_renewed_is_not_over() -> None:
    """A lease that was renewed is not over."""
    story = Story("WS; Y, AS; claim(0); pass(29)")
    refusal = story.refused(expired(story, 0))
    assert (refusal.code, refusal.message) == (Code.STALE_TASK, "the lease was renewed")


def test_five_lost_deliveries_fail_the_attempt() -> None:
    """Five lost deliveries fail the attempt."""
    story = Story("WS; Y, AS; lose(0); lose(0); lose(0); lose(0)")
    assert story.task(0).lost == 4
    story.claim(0)
    story.give(expired(story, 0, lost=True))
    retry = story.event(e.ActivityTaskRetryScheduled)
    assert story.last == "AR"
    assert (retry.attempt, retry.delivery, retry.failure.kind) == (1, 5, FailureKind.WORKER_LOST)


def test_the_next_attempt_counts_its_deliveries_anew() -> None:
    """The next attempt counts its deliveries anew."""
    story = Story("WS; Y, AS; lose(0); lose(0); AR(0); retry(0)")
    assert (story.task(0).delivery, story.task(0).lost) == (0, 0)


def test_five_lost_deliveries_of_each_attempt_fail_the_activity() -> None:
    """Five lost deliveries of each attempt fail the activity."""
    story = Story("WS; Y, AS(attempts=1); lose(0); lose(0); lose(0); lose(0)")
    story.claim(0)
    story.give(expired(story, 0, lost=True))
    assert story.last == "AF"
    assert story.turn_due


def test_start_to_close_is_a_failed_attempt() -> None:
    """Start to close is a failed attempt."""
    story = Story("WS; Y, AS(run=5); claim(0); pass(5)")
    story.give(expired(story, 0))
    failure = story.event(e.ActivityTaskRetryScheduled).failure
    assert story.last == "AR"
    assert (failure.kind, failure.timeout) == (FailureKind.TIMEOUT, TimeoutKind.START_TO_CLOSE)
    assert (failure.type, failure.message) == (
        "START_TO_CLOSE_TIMEOUT",
        "Charge: start_to_close of 5 s was reached",
    )


def test_start_to_close_is_counted_from_the_claim() -> None:
    """Start to close is counted from the claim."""
    story = Story("WS; Y, AS(run=5); pass(60); claim(0); pass(4)")
    assert story.refused(expired(story, 0)).code is Code.STALE_TASK


def test_start_to_close_wins_over_a_lost_worker() -> None:
    """Start to close wins over a lost worker."""
    story = Story("WS; Y, AS(run=5); claim(0); pass(6)")
    story.give(expired(story, 0, lost=True))
    assert story.last == "AR"


def test_the_last_attempt_that_times_out_is_ato() -> None:
    """The last attempt that times out is ATO."""
    story = Story("WS; Y, AS(run=5 attempts=1); claim(0); ATO(0)")
    timed_out = story.event(e.ActivityTaskTimedOut)
    assert (timed_out.attempt, timed_out.failure.timeout) == (1, TimeoutKind.START_TO_CLOSE)
    assert story.turn_due


def test_a_silent_worker_fails_its_attempt() -> None:
    """Scenario 23."""
    story = Story("WS; Y, AS(beat=5 attempts=1); claim(0); ATO(0)")
    assert story.event(e.ActivityTaskTimedOut).failure.timeout is TimeoutKind.HEARTBEAT


def test_a_heartbeat_keeps_an_attempt_alive() -> None:
    """Scenario 23: 35 s with heartbeats, one attempt."""
    story = Story("WS; Y, AS(beat=5); claim(0)")
    for _ in range(9):
        story.play("pass(4); beat(0)")
    assert story.refused(expired(story, 0)).code is Code.STALE_TASK
    story.play("AC(0); Y, WC")
    assert story.event(e.ActivityTaskCompleted).attempt == 1


def test_a_timed_out_attempt_tells_why_the_one_before_failed() -> None:
    """A timed out attempt tells why the one before failed."""
    story = Story("WS; Y, AS(run=5 attempts=2); AR(0); retry(0); claim(0); ATO(0)")
    cause = story.event(e.ActivityTaskTimedOut).failure.cause
    assert cause is not None
    assert cause.type == "Boom"


def test_a_workflow_task_is_offered_again() -> None:
    """Scenario 27: same turn, next delivery."""
    story = Story("WS; turn")
    done = story.give(expired(story, lost=True))
    released = done.tasks[TaskKey("run-1", TaskKind.WORKFLOW, 1, 1)]
    assert isinstance(released, ReleasedTask)
    assert (released.visible_at, released.problem) == (story.now, "")
    story.play("Y, WC")
    assert story.event(e.WorkflowTaskCompleted).delivery == 2


def test_a_workflow_task_is_parked_after_five_losses() -> None:
    """With a problem, and offered again with back-off; it never fails the run."""
    story = Story("WS; lose; lose; lose; lose")
    delays = []
    for losses in range(5, 13):
        story.claim()
        done = story.give(expired(story, lost=True))
        released = done.tasks[story.state.workflow_task_key]
        assert isinstance(released, ReleasedTask)
        assert (released.lost, str(losses) in released.problem) == (losses, True)
        delays.append((released.visible_at - story.now).total_seconds())
    assert delays == [10, 20, 40, 80, 160, 300, 300, 300]
    assert story.text == "WS"
    story.play("Y, WC")


@pytest.mark.parametrize("again", [True, False])
def test_one_delivery_is_lost_once(again: bool) -> None:
    """One delivery is lost once."""
    story = Story("WS; Y, AS; claim(0)")
    lost = expired(story, 0, lost=True)
    story.give(lost)
    if again:
        story.claim(0)
    assert story.refused(lost).code is Code.STALE_TASK
    assert story.task(0).lost == 1


def test_a_detached_activity_of_an_ended_run_is_still_watched() -> None:
    """A detached activity of an ended run is still watched."""
    story = Story("WS; Y, AS(detached run=5 attempts=1), WC; claim(0); ATO(0)")
    assert story.text == "WS, Y, AS, WC, ATO"


def test_a_lease_is_counted_in_the_databases_time() -> None:
    """Time never runs backwards within a run, whatever a clock says."""
    story = Story("WS; Y, AS; claim(0); pass(29); SR(go)")
    story.now -= seconds(20)
    story.play("SR(go)")
    assert story.events[-1].at == story.events[-2].at
