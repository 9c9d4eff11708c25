"""Scenario 18 and the function style's half of 19: code that changes, and exceptions that would end a process."""

from __future__ import annotations

from tests.e2e.harness.records import Records
from tests.e2e.harness.stack import Stack
from tests.e2e.harness.waiting import wait_for


def test_18_a_change_of_code_parks_the_run(stack: Stack) -> None:
    """It stays open and tells where history and code part; it goes on by itself once the code is right again."""
    queue = f"changing-{stack.mode}"
    worker = stack.start_worker(queue)
    handle = stack.start("Changing", task_queue=queue)
    stack.wait_until(handle, "WS, Y, AS, AC, Y")
    worker.stop()
    worker = stack.start_worker(queue, CODE_OF_TEST="changed")
    handle.signal("go")
    problem = wait_for(lambda: handle.describe().execution.problem, "a problem that operators see")
    for part in ("ActivityTaskScheduled", "changing.py:"):
        assert part in problem
    assert handle.describe().execution.status == "RUNNING"
    stack.wait_until(handle, "WS, Y, AS, AC, Y, SR")
    worker.stop()
    worker = stack.start_worker(queue)
    assert handle.result(60) == 8
    worker.stop()
    stack.wait_until(handle, "WS, Y, AS, AC, Y, SR, Y, WC")


def test_19_an_activity_that_exits_is_a_failed_attempt(stack: Stack, records: Records) -> None:
    """And is retried; the worker serves on."""
    handle = stack.start("Exiting")
    assert handle.result(30) == "SystemExit"
    pattern = "WS, Y, AS, AR, AF, Y, WC"
    records.same("19", stack, pattern, stack.wait_until(handle, pattern))
    stack.warm_up()
