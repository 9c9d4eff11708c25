"""Scenarios 27, 35 and 39: workers that die of their work, fall silent, are cut off, or leave in good order."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from sched_sdk.client import WorkflowHandle

from tests.e2e.harness import histories
from tests.e2e.harness.backends import POSTGRES_REDIS, Backend
from tests.e2e.harness.processes import Process
from tests.e2e.harness.stack import POLLING, STREAMING, Stack
from tests.e2e.harness.waiting import wait_for
from tests.store.wire import Wire

DELIVERIES_MAX = 5
MISSED_SECONDS = 12.0 + 1.0
"""Keepalive of a connection, and what a worker has to come back: a peer on a stream is missed after that at the latest.
Where it polled its activity's lease of 30 s must lapse."""
SLACK_SECONDS = 2.0
GRACE_SECONDS = 8.0
LOAD = 20
SHARE_MIN = 10
"""Of a hundred, for each of three workers: a third in the mean, and some unfairness of who was free first."""


@pytest.fixture(scope="module")
def troubled(
    backend_of: Callable[[str, str], Backend], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """An engine that outlives all of its workers; each test brings its own, on a queue of its own."""
    made = Stack(backend_of(POSTGRES_REDIS, "workers"), STREAMING, tmp_path_factory.mktemp("workers"))
    try:
        made.start_engine()
        yield made
    finally:
        made.stop()


@contextmanager
def workers(stack: Stack, queue: str, count: int, **variables: str) -> Iterator[list[Process]]:
    """That many workers while the block runs, all of them connected."""
    started = [stack.start_worker(queue, **variables) for _ in range(count)]
    try:
        wait_for(lambda: connected(stack, queue) >= count, f"{count} workers on {queue}")
        yield started
    finally:
        for worker in started:
            worker.stop()


def connected(stack: Stack, queue: str) -> int:
    """Workers that wait for activities of the queue."""
    return len(stack.queue(queue).activity_tasks.workers)


def test_27_a_turn_that_kills_its_workers(troubled: Stack) -> None:
    """After five deliveries it is parked, with a problem that operators see; a mended worker finishes it."""
    stack, queue = troubled, "poisoned-turn"
    with workers(stack, queue, DELIVERIES_MAX + 1) as started:
        handle = stack.start("PoisonedTurn", task_queue=queue)
        problem = wait_for(lambda: handle.describe().execution.problem, "problem of the parked turn")
        assert problem.startswith(f"WORKER_LOST: {DELIVERIES_MAX} deliveries of turn 1 ")
        wait_for(lambda: ends(started) == {9: DELIVERIES_MAX, None: 1}, "five dead workers")
        assert handle.describe().execution.status == "RUNNING"
        assert [each.problem for each in stack.client.list(id_prefix=handle.workflow_id)] == [problem]
    with workers(stack, queue, 1, CODE_OF_TEST="mended"):
        assert handle.result(60) == "survived"
    [y] = histories.attributes(stack.wait_until(handle, "WS, Y, WC"), "Y")
    assert y.delivery == DELIVERIES_MAX + 1
    assert not handle.describe().execution.problem


def ends(processes: Sequence[Process]) -> Counter[int | None]:
    """How many ended with which status; None: they live."""
    return Counter(process.returncode for process in processes)


def test_27_an_activity_that_kills_its_workers(troubled: Stack) -> None:
    """Five deliveries are one failed attempt; the policy allows no second one, and the workflow hears why."""
    stack, queue = troubled, "poisoned-activity"
    with workers(stack, queue, DELIVERIES_MAX + 1) as started:
        handle = stack.start("PoisonedActivity", task_queue=queue)
        assert "WORKER_LOST" in handle.result(60)
        assert ends(started) == {9: DELIVERIES_MAX, None: 1}
    [failed] = histories.attributes(stack.wait_until(handle, "WS, Y, AS, AF, Y, WC"), "AF")
    assert (failed.attempt, failed.failure.type) == (1, "WORKER_LOST")


def test_27_frozen_and_cut_off(troubled: Stack, tmp_path: Path) -> None:
    """Silent workers: one is stopped, of the other nothing arrives any more. Another has their work in time; what they
    say when they are back is refused, and they serve on."""
    stack = troubled
    wire = Wire("127.0.0.1", stack.port)
    folders = {queue: tmp_path / queue for queue in ("frozen", "cut-off")}
    frozen = stack.start_worker("frozen")
    cut_off = stack.start_worker("cut-off", ENGINE_ADDRESS=f"127.0.0.1:{wire.port}")
    handles = {queue: held_activity(stack, queue, folder) for queue, folder in folders.items()}
    others = [stack.start_worker(queue) for queue in folders]
    wait_for(lambda: all(connected(stack, queue) == 2 for queue in folders), "second workers")
    frozen.pause()
    wire.hush()
    since = time.monotonic()
    for queue, handle in handles.items():
        told = handle.result(60)
        assert told == {"input": str(folders[queue]), "attempt": 1, "delivery": 2}
    assert time.monotonic() - since <= MISSED_SECONDS + SLACK_SECONDS
    frozen.resume()
    wire.speak()
    for queue, worker, other in zip(folders, (frozen, cut_off), others, strict=True):
        (folders[queue] / "never").touch()
        worker.wait_for_line("the engine refused a completion")
        other.stop()
        assert stack.start("Doubling", 3, task_queue=queue).result(60) == 7
        worker.stop()
        [completed] = histories.attributes(stack.wait_until(handles[queue], "WS, Y, AS, AC, Y, WC"), "AC")
        assert (completed.attempt, completed.delivery) == (1, 2)
    wire.down()


def held_activity(stack: Stack, queue: str, folder: Path) -> WorkflowHandle:
    """A workflow whose activity runs on the only worker of the queue."""
    folder.mkdir()
    handle = stack.start("HeldActivity", str(folder), task_queue=queue)
    wait_for((folder / "delivery-1").exists, "activity that runs")
    return handle


@pytest.mark.parametrize("mode", [STREAMING, POLLING])
def test_35_a_worker_leaves_in_good_order(troubled: Stack, tmp_path: Path, mode: str) -> None:
    """SIGTERM under load: it ends within its grace, what it had goes on elsewhere, and no attempt is wasted."""
    stack, queue = troubled, f"leaving-{mode}"
    settings = {"SCHED_SHUTDOWN_GRACE_SECONDS": "2", "SCHED_WORKER_STREAMING": str(mode == STREAMING).lower()}
    with workers(stack, queue, 1, **settings) as [leaving]:
        held = held_activity(stack, queue, tmp_path / "held")
        many = [stack.start("Doubling", number, task_queue=queue) for number in range(LOAD)]
        with workers(stack, queue, 1, **settings):
            more = [stack.start("Doubling", number, task_queue=queue) for number in range(LOAD)]
            leaving.send(signal.SIGTERM)
            asked = time.monotonic()
            assert leaving.ended() == 0
            assert time.monotonic() - asked <= 2.0 + SLACK_SECONDS
            told = held.result(60)
            # One that leaves may be dealt it once more before it is gone, and hands it back again.
            assert (told["attempt"], told["delivery"]) in {(1, 2), (1, 3)}
            for handle in (*many, *more):
                handle.result(60)
                events = stack.wait_until(handle, "WS, Y, AS, AC, Y, WC")
                [completed] = histories.attributes(events, "AC")
                assert completed.attempt == 1


def test_35_an_engine_leaves_in_good_order(troubled: Stack, tmp_path: Path) -> None:
    """SIGTERM with an activity in a worker's hands: the worker keeps it, and tells the engine's successor."""
    stack, queue = troubled, "staying"
    folder = tmp_path / "held"
    folder.mkdir()
    with workers(stack, queue, 1):
        handle = stack.start("HeldUntilTold", str(folder), task_queue=queue)
        wait_for((folder / "running").exists, "activity that runs")
        assert stack.engine is not None
        stack.engine.send(signal.SIGTERM)
        asked = time.monotonic()
        assert stack.engine.ended() == 0
        assert time.monotonic() - asked <= GRACE_SECONDS
        stack.start_engine()
        (folder / "go").touch()
        assert handle.result(60) == "told"
    [completed] = histories.attributes(stack.wait_until(handle, "WS, Y, AS, AC, Y, WC"), "AC")
    assert (completed.attempt, completed.delivery) == (1, 1)


def test_39_a_hundred_workflows_on_three_workers(troubled: Stack, tmp_path: Path) -> None:
    """Each worker gets a share, and each activity runs once."""
    stack, queue = troubled, "shared"
    with workers(stack, queue, 3):
        handles = [stack.start("Counted", [str(tmp_path), number], task_queue=queue) for number in range(100)]
        for handle in handles:
            assert handle.result(60) is None
        runs = [stack.wait_until(handle, "WS, Y, AS, AC, Y, WC") for handle in handles]
    completed = [histories.attributes(events, "AC")[0] for events in runs]
    assert {(each.attempt, each.delivery) for each in completed} == {(1, 1)}
    shares = Counter(each.identity for each in completed)
    assert len(shares) == 3
    assert min(shares.values()) >= SHARE_MIN, shares
