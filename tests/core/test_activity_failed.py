"""ActivityFailed: attempts, back-offs, and the failure for good."""

import pytest

from tests.core.play import BOOM, FATAL
from tests.core.story import Story, seconds
from workflows.core import commands as c
from workflows.core import events as e
from workflows.core import inputs as i
from workflows.core.decide.attempt import next_delay
from workflows.core.keys import TaskKey, TaskKind, TimerKey, TimerKind
from workflows.core.values import Failure, FailureKind, RetryPolicy, Wait


def test_by_default_there_are_three_attempts_one_and_two_seconds_apart() -> None:
    """Scenario 6: RetryDemo; the workflow that never awaited it is COMPLETED."""
    story = Story("WS; Y, AS(detached), WC; AR(0); pass(1); retry(0); AR(0); pass(2); retry(0)")
    story.give(story.outcome(i.ActivityFailed, 0, failure=BOOM))
    assert story.text == "WS, Y, AS, WC, AR, AR, AF"
    retries = [x for x in story.events if isinstance(x, e.ActivityTaskRetryScheduled)]
    assert [(x.attempt, x.delay) for x in retries] == [(1, seconds(1)), (2, seconds(2))]
    assert story.event(e.ActivityTaskFailed).attempt == 3
    assert not story.state.activities


def test_fails_twice_then_succeeds() -> None:
    """Scenario 5."""
    story = Story("WS; Y, AS; AR(0); retry(0); AR(0); retry(0); AC(0); Y, WC")
    assert story.text == "WS, Y, AS, AR, AR, AC, Y, WC"
    assert story.event(e.ActivityTaskRetryScheduled, 0).failure == BOOM


def test_a_failed_attempt_trades_its_task_for_a_timer() -> None:
    """A failed attempt trades its task for a timer."""
    story = Story("WS; Y, AS; claim(0)")
    done = story.give(story.outcome(i.ActivityFailed, 0, failure=BOOM, identity="w1"))
    timer = done.timers[TimerKey("run-1", TimerKind.RETRY, 3)]
    assert timer is not None
    assert (timer.due_at, timer.stamp) == (story.now + seconds(1), 1)
    assert done.tasks == {TaskKey("run-1", TaskKind.ACTIVITY, 3, 1): None}
    assert (story.activity(0).backing_off, story.activity(0).last_failure) == (True, BOOM)
    assert not story.turn_due


@pytest.mark.parametrize("failure", [FATAL, Failure(type="Fatal")])
def test_a_failure_that_is_not_to_be_retried_is_final(failure: Failure) -> None:
    """Scenario 7: by its own word, or by its type."""
    story = Story("WS")
    retry = RetryPolicy(non_retryable_error_types=("Fatal",))
    story.give(
        story.turn(
            commands=(c.ScheduleActivity(command=0, activity_type="A", retry=retry),),
            wait=Wait(commands=frozenset((0,))),
        )
    )
    story.give(story.outcome(i.ActivityFailed, 0, failure=failure, identity="w1"))
    failed = story.event(e.ActivityTaskFailed)
    assert story.last == "AF"
    assert (failed.failure, failed.identity, failed.delivery) == (failure, "w1", 1)
    assert story.turn_due


def test_the_activitys_own_policy_replaces_the_default() -> None:
    """Scenario 7."""
    story = Story("WS; Y, AS")
    declared = RetryPolicy(maximum_attempts=1)
    story.give(story.outcome(i.ActivityFailed, 0, failure=BOOM, declared_retry=declared))
    assert story.last == "AF"


def test_the_calls_policy_replaces_the_activitys() -> None:
    """Scenario 7."""
    story = Story("WS; Y, AS(attempts=5)")
    declared = RetryPolicy(maximum_attempts=1)
    story.give(story.outcome(i.ActivityFailed, 0, failure=BOOM, declared_retry=declared))
    assert story.last == "AR"


def test_the_first_twenty_retries_are_in_the_history_then_a_counter() -> None:
    """The first twenty retries are in the history then a counter."""
    story = Story("WS; Y, AS(attempts=25)")
    for _ in range(20):
        story.play("AR(0); retry(0)")
    for _ in range(4):
        story.play("fail(0)")
        assert story.activity(0).backing_off
        story.play("retry(0)")
    assert story.activity(0).attempt == 25
    story.give(story.outcome(i.ActivityFailed, 0, failure=BOOM))
    assert story.text == ", ".join(["WS", "Y", "AS", *["AR"] * 20, "AF"])
    assert story.event(e.ActivityTaskFailed).attempt == 25


def test_unlimited_attempts_go_on() -> None:
    """Unlimited attempts go on."""
    story = Story("WS; Y, AS(attempts=0)")
    for _ in range(20):
        story.play("AR(0); retry(0)")
    for _ in range(80):
        story.play("fail(0); retry(0)")
    assert story.activity(0).attempt == 101


def test_no_attempt_begins_past_schedule_to_close() -> None:
    """No attempt begins past schedule to close."""
    story = Story("WS; Y, AS(close=10); pass(9)")
    story.give(story.outcome(i.ActivityFailed, 0, failure=BOOM))
    assert story.last == "AF"


@pytest.mark.parametrize(
    ("attempt", "delay"), [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (50, 60), (100_000, 60)]
)
def test_back_off_doubles_up_to_a_minute(attempt: int, delay: float) -> None:
    """Back off doubles up to a minute."""
    assert next_delay(RetryPolicy(), attempt) == seconds(delay)


def test_back_off_follows_its_policy() -> None:
    """Back off follows its policy."""
    policy = RetryPolicy(initial_interval=seconds(3), backoff_coefficient=1.0, maximum_interval=seconds(300))
    assert [next_delay(policy, attempt) for attempt in (1, 2, 9)] == [seconds(3)] * 3


def test_a_failure_of_a_lost_worker_counts_as_an_attempt() -> None:
    """A failure of a lost worker counts as an attempt."""
    failure = Failure(kind=FailureKind.WORKER_LOST, type="WORKER_LOST")
    story = Story("WS; Y, AS")
    story.give(story.outcome(i.ActivityFailed, 0, failure=failure))
    assert story.last == "AR"
