"""Scenarios 8 to 11: signals that come in time, early, by name, during a sleep or a turn."""

from __future__ import annotations

from pathlib import Path

from sched_sdk.client import WorkflowHandle

from tests.e2e.harness import histories
from tests.e2e.harness.records import Records
from tests.e2e.harness.stack import Stack
from tests.e2e.harness.waiting import let_pass, wait_for


def one_second_of_the_sleep_passes() -> None:
    let_pass(1.0)


def test_8_signal_demo(stack: Stack, records: Records) -> None:
    """RUNNING until the signal comes."""
    handle = stack.start("SignalDemo")
    stack.wait_until(handle, "WS, Y, TS")
    assert handle.describe().execution.status == "RUNNING"
    handle.signal("go", "now")
    assert handle.result(30) == "got go=now"
    pattern = "WS, Y, TS, SR, Y, TX, WC"
    records.same("8", stack, pattern, stack.wait_until(handle, pattern))


def test_9_approval_gate_approves(stack: Stack, records: Records) -> None:
    """Process runs with the payload though the workflow has ended."""
    handle = stack.start("ApprovalGate", "req-42")
    stack.wait_until(handle, "WS, Y, TS")
    handle.signal("approve", {"order": 4711})
    assert handle.result(30) == "approved"
    pattern = "WS, Y, TS, SR, Y, TX, AS, WC, AC"
    events = stack.wait_until(handle, pattern)
    [completed] = histories.attributes(events, "AC")
    assert completed.result.data.replace(b" ", b"") == b'{"processed":{"order":4711}}'
    records.same("9 approve", stack, pattern, events)


def test_9_approval_gate_rejects(stack: Stack, records: Records) -> None:
    """Any other signal."""
    handle = stack.start("ApprovalGate")
    stack.wait_until(handle, "WS, Y, TS")
    handle.signal("reject")
    assert handle.result(30) == "rejected"
    pattern = "WS, Y, TS, SR, Y, TX, WC"
    records.same("9 reject", stack, pattern, stack.wait_until(handle, pattern))


def test_10_early_signals_are_kept_in_order(stack: Stack) -> None:
    """Two that came before the wait come out in the order they came."""
    handle = stack.start("LateListener", 2, task_queue=f"late-{stack.mode}")
    handle.signal("a", 1)
    handle.signal("b", 2)
    worker = stack.start_worker(f"late-{stack.mode}")
    assert handle.result(30) == [["a", 1], ["b", 2]]
    worker.stop()
    stack.wait_until(handle, "WS, SR, SR, Y, AS, AC, Y, WC")


def test_10_named_waits_skip_and_keep_others(stack: Stack, records: Records) -> None:
    """`second` is taken first; what was skipped comes out in its order then."""
    handle = stack.start("NamedListener")
    stack.wait_until(handle, "WS, Y")
    for number, name in enumerate(("first", "third", "second")):
        handle.signal(name, number)
    assert handle.result(30) == [["second", 2], ["first", 0], ["third", 1]]
    pattern = "WS, Y, SR, SR, SR, Y, WC"
    records.same("10 named", stack, pattern, stack.wait_until(handle, pattern))


def test_11_a_signal_during_a_sleep_causes_no_turn(stack: Stack, records: Records) -> None:
    """It is there for the wait, and the sleep lasts its full time."""
    handle = stack.start("SleepThenListen")
    wait_for(lambda: len(handle.history()) >= 4, "a sleep that has begun")
    one_second_of_the_sleep_passes()
    handle.signal("early", "bird")
    assert handle.result(30) == ["early", "bird"]
    pattern = "WS, Y, AS, TS, {AC, SR}, TF, Y, WC"
    events = stack.wait_until(handle, pattern)
    assert histories.sleep_seconds(events) >= 2.0
    records.same("11", stack, pattern, events)


def test_11_a_signal_during_a_turn_is_the_next_turns(stack: Stack, records: Records, tmp_path: Path) -> None:
    """It lies before that turn's Y and was not seen by it; the next turn takes it."""
    handle = signalled_in_turn(stack, tmp_path)
    assert handle.result(30) == ["while", "running"]
    pattern = "WS, SR, Y, Y, WC"
    events = stack.wait_until(handle, pattern)
    assert [turn.seen_through for turn in histories.attributes(events, "Y")] == [1, 3]
    records.same("11 in turn", stack, pattern, events, hidden=str(tmp_path))


def signalled_in_turn(stack: Stack, folder: Path) -> WorkflowHandle:
    handle = stack.start("BusyTurn", str(folder))
    wait_for((folder / "in-turn").exists, "turn that runs")
    handle.signal("while", "running")
    stack.wait_until(handle, "WS, SR")
    (folder / "go").touch()
    return handle
