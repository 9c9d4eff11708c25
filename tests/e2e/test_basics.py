"""Scenarios 1 to 4, 6, 7, 14, 16 and 17: activities, results, retries, timers, ends."""

from __future__ import annotations

import pytest
from sched_sdk import ActivityError, ApplicationError, WorkflowFailed

from tests.e2e.harness import histories
from tests.e2e.harness.records import Records
from tests.e2e.harness.stack import Stack
from tests.e2e.harness.waiting import wait_for

MONTHLY_REPORT = "WS, Y, AS, TS, {AC, TF}, Y, AS, TS, {AC, TF}, Y, AS, TS, {AC, TF}, Y, WC"


def test_1_hello_world(stack: Stack, records: Records) -> None:
    """The activity that nobody awaited greets whom the input names."""
    handle = stack.start("HelloWorld", "world")
    assert handle.result(30) == "Hello workflow completed"
    events = stack.wait_until(handle, "WS, Y, AS, WC, AC")
    [completed] = histories.attributes(events, "AC")
    assert completed.result.data == b'"Hello, world!"'
    records.same("1", stack, "WS, Y, AS, WC, AC", events)


def test_2_monthly_report(stack: Stack, records: Records) -> None:
    """Four turns, exactly three AS however often the function was replayed."""
    handle = stack.start("MonthlyReport")
    assert handle.result(30) == "Report completed"
    events = stack.wait_until(handle, MONTHLY_REPORT)
    records.same("2", stack, MONTHLY_REPORT, events)


@pytest.mark.parametrize("workflow", ["Doubling", "AsyncDoubling"])
def test_3_an_activitys_value_comes_back(stack: Stack, records: Records, workflow: str) -> None:
    """`execute_activity` returns it, in a plain function and in a coroutine."""
    handle = stack.start(workflow, 20)
    assert handle.result(30) == 41
    events = stack.wait_until(handle, "WS, Y, AS, AC, Y, WC")
    records.same(f"3 {workflow}", stack, "WS, Y, AS, AC, Y, WC", events)


def test_3_an_activitys_failure_is_raised(stack: Stack, records: Records) -> None:
    """With its type and message; the workflow catches it and goes on."""
    handle = stack.start("CatchingFailure")
    assert handle.result(30) == {"type": "OutOfStock", "message": "sold out"}
    events = stack.wait_until(handle, "WS, Y, AS, AF, Y, WC")
    records.same("3 caught", stack, "WS, Y, AS, AF, Y, WC", events)


def test_3_an_uncaught_failure_fails_the_workflow(stack: Stack, records: Records) -> None:
    """With the activity's failure as its cause."""
    handle = stack.start("UncaughtFailure")
    with pytest.raises(WorkflowFailed) as failed:
        handle.result(30)
    assert failed.value.status == "FAILED"
    assert isinstance(failed.value.cause, ActivityError)
    assert isinstance(failed.value.cause.cause, ApplicationError)
    assert (failed.value.cause.cause.type, str(failed.value.cause.cause)) == ("OutOfStock", "sold out")
    events = stack.wait_until(handle, "WS, Y, AS, AF, Y, WF")
    records.same("3 uncaught", stack, "WS, Y, AS, AF, Y, WF", events)


def test_4_fan_out(stack: Stack, records: Records) -> None:
    """200 activities at once, results in order, one turn after the last."""
    handle = stack.start("FanOut", 200)
    assert handle.result(60) == [number * 2 for number in range(200)]
    pattern = "WS, Y, 200 AS, 200 AC, Y, WC"
    records.same("4", stack, pattern, stack.wait_until(handle, pattern))


def test_6_retries_run_on_after_the_end(stack: Stack, records: Records) -> None:
    """Three attempts and no fourth; the workflow that never awaited it is COMPLETED."""
    handle = stack.start("RetryDemo")
    assert handle.result(30) == "retry demo done"
    pattern = "WS, Y, AS, WC, AR, AR, AF"
    events = stack.wait_until(handle, pattern)
    [failed] = histories.attributes(events, "AF")
    assert failed.attempt == 3
    assert handle.describe().execution.status == "COMPLETED"
    assert handle.describe().activities == ()
    records.same("6", stack, pattern, events)


@pytest.mark.parametrize(
    ("workflow", "pattern"),
    [
        ("PolicyOfTheActivity", "WS, Y, AS, AR, AF, Y, WF"),
        ("PolicyOfTheCall", "WS, Y, AS, AF, Y, WF"),
        ("UncaughtFailure", "WS, Y, AS, AF, Y, WF"),
    ],
)
def test_7_a_policy_replaces_the_default(stack: Stack, records: Records, workflow: str, pattern: str) -> None:
    """The activity's, the call's before it, and the error type that is not retried."""
    handle = stack.start(workflow)
    with pytest.raises(WorkflowFailed):
        handle.result(30)
    records.same(f"7 {workflow}", stack, pattern, stack.wait_until(handle, pattern))


def test_14_execution_timeout_without_a_worker(stack: Stack, records: Records) -> None:
    """WS, WTO; a worker that comes later changes nothing."""
    queue = f"nobody-{stack.mode}"
    handle = stack.start("Nap", 0.01, task_queue=queue, execution_timeout=1)
    with pytest.raises(WorkflowFailed) as failed:
        handle.result(30)
    assert failed.value.status == "TIMED_OUT"
    worker = stack.start_worker(queue)
    assert stack.start("Nap", 0.01, task_queue=queue).result(30) == "rested"
    worker.stop()
    events = stack.wait_until(handle, "WS, WTO")
    assert histories.seconds_between(events[0], events[1]) >= 1.0
    records.same("14", stack, "WS, WTO", events)


def test_16_two_timers(stack: Stack, records: Records) -> None:
    """The shorter is awaited, the other cancelled then."""
    handle = stack.start("TwoTimers")
    assert handle.result(30) == "done"
    pattern = "WS, Y, TS, TS, TF, Y, TX, WC"
    events = stack.wait_until(handle, pattern)
    assert handle.describe().timers == ()
    records.same("16", stack, pattern, events)


def test_17_an_exception_fails_the_workflow(stack: Stack, records: Records) -> None:
    """With type, message and the chain of causes."""
    handle = stack.start("Raising")
    with pytest.raises(WorkflowFailed):
        handle.result(30)
    events = stack.wait_until(handle, "WS, Y, WF")
    [failed] = histories.attributes(events, "WF")
    told = [(f.type, f.message) for f in (failed.failure, failed.failure.cause)]
    assert told == [("ValueError", "no such order"), ("KeyError", "'order'")]
    records.same("17", stack, "WS, Y, WF", events)


def test_17_an_unknown_type_waits_with_a_warning(stack: Stack) -> None:
    """Nothing fails; an operator sees what is missing."""
    handle = stack.start("NobodyKnowsThis")
    problem = wait_for(lambda: handle.describe().execution.problem, "a problem that operators see")
    assert "NobodyKnowsThis" in problem
    description = handle.describe()
    assert (description.execution.status, len(handle.history())) == ("RUNNING", 1)
    assert handle.terminate("the scenario is over")
