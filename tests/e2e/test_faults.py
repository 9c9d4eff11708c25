"""Scenarios 27 and 28: a worker or the engine is killed, and the work goes on. Postgres and Redis, both modes."""

from __future__ import annotations

import time
from pathlib import Path

from tests.e2e.harness import histories
from tests.e2e.harness.stack import STREAMING, Stack
from tests.e2e.harness.waiting import let_pass, wait_for

# Where a worker was on a stream its loss is noticed; where it polled its lease of 30 s must lapse.
TAKEN_OVER_SECONDS = {True: 2.0, False: 35.0}
OVERDUE_SECONDS = 2.0


def within(stack: Stack) -> float:
    return TAKEN_OVER_SECONDS[stack.mode == STREAMING]


def folder_in(parent: Path, name: str) -> Path:
    folder = parent / name
    folder.mkdir()
    return folder


def test_27_worker_killed(own_stack: Stack, tmp_path: Path) -> None:
    """In an activity and in a workflow task: another worker has the same attempt's next delivery, in time."""
    stack = own_stack
    stack.start_engine()
    first = stack.start_worker()
    held, turn = folder_in(tmp_path, "held"), folder_in(tmp_path, "turn")
    activity = stack.start("HeldActivity", str(held))
    workflow = stack.start("HeldTurn", str(turn))
    wait_for((held / "delivery-1").exists, "activity that runs")
    wait_for((turn / "in-turn").exists, "turn that runs")
    second = stack.start_worker()
    second.wait_for_line("worker for task queue")
    first.kill()
    killed_at = time.monotonic()
    (turn / "go").touch()
    assert activity.result(60) == {"input": str(held), "attempt": 1, "delivery": 2}
    assert time.monotonic() - killed_at <= within(stack)
    assert workflow.result(60) == str(turn)
    assert time.monotonic() - killed_at <= within(stack)
    events = stack.wait_until(activity, "WS, Y, AS, AC, Y, WC")
    [completed] = histories.attributes(events, "AC")
    assert (completed.attempt, completed.delivery) == (1, 2)
    [y] = histories.attributes(stack.wait_until(workflow, "WS, Y, WC"), "Y")
    assert y.delivery == 2


def test_28_engine_killed(own_stack: Stack, tmp_path: Path) -> None:
    """In a sleep, a signal wait, a back-off and a running activity: all go on after the restart."""
    stack = own_stack
    stack.start_engine()
    stack.start_worker()
    folder = folder_in(tmp_path, "running")
    sleeping = stack.start("Nap", 2.0)
    listening = stack.start("SignalDemo")
    backing_off = stack.start("BacksOff")
    running = stack.start("HeldUntilTold", str(folder))
    stack.wait_until(sleeping, "WS, Y, TS")
    stack.wait_until(listening, "WS, Y, TS")
    stack.wait_until(backing_off, "WS, Y, AS, AR")
    wait_for((folder / "running").exists, "activity that runs")
    stack.kill_engine()
    the_sleep_is_over_meanwhile()
    stack.start_engine()
    back_us = time.time_ns() // 1000
    listening.signal("go", "on")
    (folder / "go").touch()
    assert sleeping.result(60) == "rested"
    assert listening.result(60) == "got go=on"
    assert backing_off.result(60) == 2
    assert running.result(60) == "told"
    events = stack.wait_until(sleeping, "WS, Y, TS, TF, Y, WC")
    [fired] = histories.of_kind(events, "TF")
    assert (fired.time_us - back_us) / 1e6 <= OVERDUE_SECONDS
    stack.wait_until(listening, "WS, Y, TS, SR, Y, TX, WC")
    stack.wait_until(backing_off, "WS, Y, AS, AR, AC, Y, WC")
    stack.wait_until(running, "WS, Y, AS, AC, Y, WC")


def the_sleep_is_over_meanwhile() -> None:
    let_pass(2.0)


def test_tasks_wait_in_the_streams(own_stack: Stack) -> None:
    """Without a worker the tasks go to Redis; the worker that comes gets them from there.

    What they lead to does not: an activity's task is born claimed by the worker that is there by then.
    """
    stack = own_stack
    stack.start_engine()
    handles = [stack.start("HelloWorld", number) for number in range(5)]
    # A start is answered without waiting for its hint.
    wait_for(
        lambda: stack.metric("sched_dispatch_offered_total", dispatcher="redis", kind="workflow") == 5,
        "five hints in Redis",
    )
    assert stack.metric("sched_dispatch_taken_total", dispatcher="redis", kind="workflow") == 0
    stack.start_worker()
    for handle in handles:
        stack.wait_until(handle, "WS, Y, AS, WC, AC")
    assert stack.metric("sched_dispatch_taken_total", dispatcher="redis", kind="workflow") >= 5
