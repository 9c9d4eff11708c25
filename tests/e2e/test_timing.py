"""Scenarios 5, 12, 13, 15, whose subject is a duration: ten samples, the median in the window, none too early."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence

import pytest
from sched_sdk.client import WorkflowHandle
from sched_sdk.proto.v1.history_pb2 import HistoryEvent

from tests.e2e.harness import histories
from tests.e2e.harness.records import Records
from tests.e2e.harness.stack import Stack
from tests.e2e.harness.waiting import let_pass, wait_for

pytestmark = pytest.mark.timing

SAMPLES = 10
MONTH_SECONDS = 30 * 24 * 3600


def assert_lasted(seconds: Iterable[float], *, at_least: float, at_most: float) -> None:
    """The rule for every duration here."""
    samples = sorted(seconds)
    assert len(samples) >= SAMPLES
    assert samples[0] >= at_least, f"too early: {samples}"
    assert statistics.median(samples) <= at_most, f"too late: {samples}"


def side_by_side(
    stack: Stack, workflow: str, pattern: str, *arguments: object, **options: object
) -> list[Sequence[HistoryEvent]]:
    """Ten runs at the same time, each to the end of its history."""
    handles = [stack.start(workflow, *arguments, **options) for _ in range(SAMPLES)]
    return [stack.wait_until(handle, pattern) for handle in handles]


def test_5_attempts_one_and_two_seconds_apart(stack: Stack, records: Records) -> None:
    """Fails twice, then succeeds: one AC with attempt 3, both failures visible."""
    pattern = "WS, Y, AS, AR, AR, AC, Y, WC"
    runs = side_by_side(stack, "ThirdTimeLucky", pattern)
    for events in runs:
        assert [failed.failure.message for failed in histories.attributes(events, "AR")] == [
            "attempt 1",
            "attempt 2",
        ]
        assert [completed.attempt for completed in histories.attributes(events, "AC")] == [3]
        records.same("5", stack, pattern, events)
    gaps = [[histories.seconds_between(*pair) for pair in pairs_of_attempts(events)] for events in runs]
    assert_lasted((first for first, _ in gaps), at_least=1.0, at_most=1.25)
    assert_lasted((second for _, second in gaps), at_least=2.0, at_most=2.25)


def pairs_of_attempts(events: Sequence[HistoryEvent]) -> list[tuple[HistoryEvent, HistoryEvent]]:
    """The ends of attempts 1 and 2, and of 2 and 3."""
    first, second = histories.of_kind(events, "AR")
    [third] = histories.of_kind(events, "AC")
    return [(first, second), (second, third)]


def test_12_a_wait_gives_up_in_time(stack: Stack, records: Records) -> None:
    """None after one second."""
    pattern = "WS, Y, TS, TF, Y, WC"
    runs = side_by_side(stack, "Impatient", pattern, 1.0)
    assert_lasted(map(histories.sleep_seconds, runs), at_least=1.0, at_most=1.15)
    for events in runs:
        [completed] = histories.attributes(events, "WC")
        assert completed.result.data == b'"none came"'
        records.same("12", stack, pattern, events)


def test_12_a_signal_at_that_very_moment_is_not_lost(stack: Stack) -> None:
    """It is returned by the wait that ends, or kept for the next one."""
    handles = [stack.start("Hesitant", 1.0) for _ in range(SAMPLES)]
    stack.wait_until(handles[-1], "WS, Y, TS")
    almost_the_whole_second_passes()
    for number, handle in enumerate(handles):
        handle.signal("now", number)
    found = [handle.result(30) for handle in handles]
    assert all(
        [["now", number], None] == both or [None, ["now", number]] == both
        for number, both in enumerate(found)
    ), found


def almost_the_whole_second_passes() -> None:
    let_pass(0.95)


def test_13_a_short_sleep(stack: Stack, records: Records) -> None:
    """50 ms last 50 to 150 ms, and are in the history like any other."""
    pattern = "WS, Y, TS, TF, Y, WC"
    runs = one_by_one(lambda: stack.start("Nap", 0.05), lambda handle: stack.wait_until(handle, pattern))
    assert_lasted(map(histories.sleep_seconds, runs), at_least=0.05, at_most=0.15)
    records.same("13", stack, pattern, runs[0])


def one_by_one(
    start: Callable[[], WorkflowHandle], end: Callable[[WorkflowHandle], Sequence[HistoryEvent]]
) -> list[Sequence[HistoryEvent]]:
    return [end(start()) for _ in range(SAMPLES)]


def test_13_a_month_costs_nothing(stack: Stack) -> None:
    """While it lasts nothing is written and no task waits; the timer is due in thirty days."""
    handle = stack.start("Nap", MONTH_SECONDS)
    events = stack.wait_until(handle, "WS, Y, TS")
    [timer] = handle.describe().timers
    assert timer.due_at is not None
    assert timer.due_at.timestamp() - events[-1].time_us / 1e6 == pytest.approx(MONTH_SECONDS, abs=0.001)
    transitions = "sched_commit_batch_transitions_sum"
    wait_for(lambda: stack.metric(transitions) == (a_second_later(stack, transitions)), "quiet second")
    assert len(handle.history()) == 3
    assert handle.terminate()


def a_second_later(stack: Stack, metric: str) -> float:
    let_pass(1.0)
    return stack.metric(metric)


def test_15_an_execution_timeout_that_is_not_reached(stack: Stack, records: Records) -> None:
    """60 s allowed, a sleep of 2 s: COMPLETED after about 2 s."""
    pattern = "WS, Y, TS, TF, Y, WC"
    runs = side_by_side(stack, "Nap", pattern, 2.0, execution_timeout=60)
    whole = (histories.seconds_between(events[0], events[-1]) for events in runs)
    assert_lasted(whole, at_least=2.0, at_most=2.3)
    records.same("15", stack, pattern, runs[0])


def test_15_a_back_off_never_ends_a_sleep_early(stack: Stack) -> None:
    """Three retries fall into the sleep; it lasts its two seconds."""
    pattern = "WS, Y, AS, TS, AR, AR, AR, AF, TF, Y, WC"
    runs = side_by_side(stack, "NapBesideRetries", pattern)
    assert_lasted(map(histories.sleep_seconds, runs), at_least=2.0, at_most=2.15)
