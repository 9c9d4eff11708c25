"""Scenarios 20 to 22, 24 and 25: cancel, terminate, ids, queues."""

from __future__ import annotations

from pathlib import Path

import pytest
from sched_sdk import NotFound, WorkflowAlreadyStarted, WorkflowFailed
from sched_sdk.client import WorkflowHandle

from tests.e2e.harness import histories
from tests.e2e.harness.records import Records
from tests.e2e.harness.stack import Stack
from tests.e2e.harness.waiting import wait_for

CLEAN_UP = "WS, Y, AS, WCR, Y, ACR, AS, {AX, AC}, Y, WX"


def status_after_end(handle: WorkflowHandle) -> str:
    with pytest.raises(WorkflowFailed) as failed:
        handle.result(30)
    return failed.value.status


def test_20_cancel_with_clean_up(stack: Stack, records: Records, tmp_path: Path) -> None:
    """The cancelled activity learns it by its heartbeat, is not retried, and the clean-up runs."""
    handle = stack.start("CleansUp", str(tmp_path))
    wait_for((tmp_path / "beating").exists, "beating heart")
    assert handle.cancel("enough")
    assert status_after_end(handle) == "CANCELED"
    events = stack.wait_until(handle, CLEAN_UP)
    assert (tmp_path / "told-to-stop").exists()
    records.same("20", stack, CLEAN_UP, events, hidden=str(tmp_path))


@pytest.mark.parametrize(
    ("workflow", "waiting", "pattern"),
    [
        ("Listening", "WS, Y", "WS, Y, WCR, Y, WX"),
        ("Sleeping", "WS, Y, TS", "WS, Y, TS, WCR, Y, TX, WX"),
    ],
)
def test_21_cancel_of_a_wait(
    stack: Stack, records: Records, workflow: str, waiting: str, pattern: str
) -> None:
    """A wait for a signal, and a sleep."""
    handle = stack.start(workflow)
    stack.wait_until(handle, waiting)
    assert handle.cancel()
    assert status_after_end(handle) == "CANCELED"
    records.same(f"21 {workflow}", stack, pattern, stack.wait_until(handle, pattern))


def test_21_a_cancellation_may_be_caught(stack: Stack, records: Records) -> None:
    """Caught and returned: the workflow is COMPLETED."""
    handle = stack.start("ShrugsOff")
    stack.wait_until(handle, "WS, Y")
    assert handle.cancel()
    assert handle.result(30) == "I would rather not"
    records.same("21 caught", stack, "WS, Y, WCR, Y, WC", stack.wait_until(handle, "WS, Y, WCR, Y, WC"))


def test_21_cancel_of_an_ended_or_unknown_one(stack: Stack) -> None:
    """A no-op that says so, or NOT_FOUND; so is a second request."""
    handle = stack.start("Listening")
    stack.wait_until(handle, "WS, Y")
    assert handle.cancel()
    assert status_after_end(handle) == "CANCELED"
    assert not handle.cancel()
    stack.wait_until(handle, "WS, Y, WCR, Y, WX")
    with pytest.raises(NotFound):
        stack.client.cancel("no-such-workflow")


def test_22_terminate(stack: Stack, records: Records, tmp_path: Path) -> None:
    """WT at once, no code runs; the pending activity learns it on its next heartbeat."""
    handle = stack.start("Beating", str(tmp_path))
    wait_for((tmp_path / "beating").exists, "beating heart")
    assert handle.terminate("enough")
    assert status_after_end(handle) == "TERMINATED"
    wait_for((tmp_path / "told-to-stop").exists, "activity that was told to stop")
    events = stack.wait_until(handle, "WS, Y, AS, WT")
    assert not (tmp_path / "code-ran").exists()
    assert not handle.terminate()
    records.same("22", stack, "WS, Y, AS, WT", events, hidden=str(tmp_path))


def test_24_a_workflow_id_is_taken_once(stack: Stack) -> None:
    """ALREADY_EXISTS with the run that has it, or that run, as the policy says."""
    first = stack.start("Listening")
    with pytest.raises(WorkflowAlreadyStarted) as refused:
        stack.start("Listening", workflow_id=first.workflow_id)
    assert refused.value.run_id == first.run_id
    same = stack.start("Listening", workflow_id=first.workflow_id, conflict_policy="USE_EXISTING")
    assert (same.run_id, same.started) == (first.run_id, False)
    assert first.terminate()
    with pytest.raises(WorkflowAlreadyStarted):
        stack.start("HelloWorld", workflow_id=first.workflow_id, reuse_policy="REJECT_DUPLICATE")
    again = stack.start(
        "HelloWorld", workflow_id=first.workflow_id, reuse_policy="ALLOW_DUPLICATE_FAILED_ONLY"
    )
    assert again.run_id != first.run_id
    assert again.result(30) == "Hello workflow completed"
    with pytest.raises(WorkflowAlreadyStarted):
        stack.start("HelloWorld", workflow_id=first.workflow_id, reuse_policy="ALLOW_DUPLICATE_FAILED_ONLY")


def test_24_a_request_id_has_one_effect(stack: Stack, records: Records) -> None:
    """A start and a signal that are repeated."""
    workflow_id = stack.start("HelloWorld").workflow_id + "-twice"
    first, repeated = (
        stack.start("LateListener", 1, workflow_id=workflow_id, request_id="start-1") for _ in range(2)
    )
    assert (repeated.run_id, repeated.started) == (first.run_id, False)
    pattern = "WS, Y, AS, AC, Y"
    stack.wait_until(first, pattern)
    first.signal("go", 1, request_id="signal-1")
    assert first.result(30) == [["go", 1]]
    pattern = "WS, Y, AS, AC, Y, SR, Y, WC"
    records.same("24", stack, pattern, stack.wait_until(first, pattern))


def test_24_a_repeated_signal_is_received_once(stack: Stack) -> None:
    """While the workflow still waits for more."""
    handle = stack.start("LateListener", 2)
    for _ in range(2):
        handle.signal("go", 1, request_id="signal-1")
    handle.signal("go", 2, request_id="signal-2")
    assert handle.result(30) == [["go", 1], ["go", 2]]
    assert len(histories.of_kind(handle.history(), "SR")) == 2


def test_25_a_worker_serves_its_queue_alone(stack: Stack) -> None:
    """A worker on `payments` receives all of `payments` and nothing else."""
    worker = stack.start_worker("payments")
    paid = [stack.start("Doubling", number, task_queue="payments") for number in range(5)]
    others = [stack.start("Doubling", number) for number in range(5)]
    for handle in (*paid, *others):
        handle.result(30)
    worker.stop()
    who = f":{worker.pid}"
    assert {name.endswith(who) for handle in paid for name in served_by(handle)} == {True}
    assert {name.endswith(who) for handle in others for name in served_by(handle)} == {False}


def served_by(handle: WorkflowHandle) -> set[str]:
    events = handle.history()
    return {event.identity for name in ("Y", "AC") for event in histories.attributes(events, name)}
