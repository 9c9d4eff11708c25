"""Scenarios 23 and 34, of which time without any event is the subject: half a minute, and the whole in `long` tests."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sched_sdk.client import WorkflowHandle

from tests.e2e.harness import histories
from tests.e2e.harness.backends import POSTGRES_REDIS, Backend
from tests.e2e.harness.stack import POLLING, STREAMING, Stack
from tests.e2e.harness.waiting import let_pass

pytestmark = pytest.mark.timing

MODES = (STREAMING, POLLING)
AT_ONCE_SECONDS = 0.1
SAMPLES = 10


@pytest.fixture(params=MODES)
def quiet(
    request: pytest.FixtureRequest, backend_of: Callable[[str, str], Backend], tmp_path: Path
) -> Iterator[Stack]:
    """An engine with two workers: one works, the queue `idle` of the other is quiet."""
    made = Stack(backend_of(POSTGRES_REDIS, "quiet"), request.param, tmp_path)
    try:
        made.start_engine()
        made.start_worker()
        made.start_worker("idle")
        made.warm_up()
        assert made.start("Doubling", 1, task_queue="idle").result(60) == 3
        yield made
    finally:
        made.stop()


def check_long_demo(stack: Stack, handle: WorkflowHandle) -> None:
    """Longer than a lease and than its heartbeat timeout, it had one attempt and one delivery."""
    events = stack.wait_until(handle, "WS, Y, AS, WC, AC", seconds=60)
    [completed] = histories.attributes(events, "AC")
    assert (completed.attempt, completed.delivery) == (1, 1)
    assert completed.result.data == b'{"steps":35}'
    [scheduled], [ended] = histories.of_kind(events, "AS"), histories.of_kind(events, "AC")
    assert histories.seconds_between(scheduled, ended) >= 35.0


def check_first_tasks(stack: Stack) -> None:
    """Ten starts at the same moment, on a queue that was quiet: the median has its turn within 100 ms."""
    handles = [stack.start("Listening", task_queue="idle") for _ in range(SAMPLES)]
    seconds = []
    for handle in handles:
        started, turned = stack.wait_until(handle, "WS, Y")
        seconds.append(histories.seconds_between(started, turned))
        handle.terminate()
    assert statistics.median(seconds) <= AT_ONCE_SECONDS, seconds
    # A connection that only pings is a good one.
    assert not any("for now" in worker.log for worker in stack.workers)


@pytest.mark.parametrize("quiet", [STREAMING], indirect=True)
def test_23_and_34_half_a_minute(quiet: Stack) -> None:
    """A 35 s activity with heartbeats has one attempt; a stream that is idle beside it has its next task at once."""
    demo = quiet.start("LongDemo")
    half_a_minute_without_a_task()
    check_first_tasks(quiet)
    check_long_demo(quiet, demo)


@pytest.mark.long
def test_23_and_34_a_minute(quiet: Stack) -> None:
    """Three samples of the one, and the other's whole minute; on streams and by polls."""
    demos = [quiet.start("LongDemo") for _ in range(3)]
    a_minute_without_a_task()
    check_first_tasks(quiet)
    for demo in demos:
        check_long_demo(quiet, demo)


def half_a_minute_without_a_task() -> None:
    let_pass(30.0)


def a_minute_without_a_task() -> None:
    let_pass(60.0)
