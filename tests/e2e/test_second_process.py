"""Scenarios 1, 2, 8 and 20 on Postgres without Redis, started and steered from a second process: it wakes the engine
by NOTIFY. And what holds for blocks: a workflow exists if and only if its block commits."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from sched_sdk import NotFound, WorkflowFailed
from sched_sdk.client import WorkflowHandle
from sched_sdk.errors import RpcError

from tests.e2e.harness.second_process import RefusedThere, SecondProcess
from tests.e2e.harness.stack import Stack
from tests.e2e.harness.waiting import wait_for
from tests.e2e.test_basics import MONTHLY_REPORT
from tests.e2e.test_steering import CLEAN_UP

AT_ONCE_SECONDS = 1.0
OPEN_SECONDS = 10.0


def started(stack: Stack, process: SecondProcess, *arguments: object, **options: object) -> WorkflowHandle:
    return stack.client.handle(process.start_workflow(*arguments, **options))


def test_1_hello_world(postgres_stack: Stack, second_process: SecondProcess) -> None:
    """The engine hears of it at once, not at its next sweep."""
    begun = time.monotonic()
    handle = started(postgres_stack, second_process, "HelloWorld", "world")
    assert handle.result(30) == "Hello workflow completed"
    assert time.monotonic() - begun <= AT_ONCE_SECONDS
    postgres_stack.wait_until(handle, "WS, Y, AS, WC, AC")


def test_2_monthly_report(postgres_stack: Stack, second_process: SecondProcess) -> None:
    """Four turns."""
    handle = started(postgres_stack, second_process, "MonthlyReport")
    assert handle.result(30) == "Report completed"
    postgres_stack.wait_until(handle, MONTHLY_REPORT)


def test_8_signal_demo(postgres_stack: Stack, second_process: SecondProcess) -> None:
    """The signal is written to the inbox, and drained by the engine."""
    handle = started(postgres_stack, second_process, "SignalDemo")
    postgres_stack.wait_until(handle, "WS, Y, TS")
    second_process.signal_workflow(handle.workflow_id, "go", "now")
    assert handle.result(30) == "got go=now"
    postgres_stack.wait_until(handle, "WS, Y, TS, SR, Y, TX, WC")


def test_20_cancel_with_clean_up(
    postgres_stack: Stack, second_process: SecondProcess, tmp_path: Path
) -> None:
    """As through the engine's own door."""
    handle = started(postgres_stack, second_process, "CleansUp", str(tmp_path))
    wait_for((tmp_path / "beating").exists, "beating heart")
    second_process.cancel_workflow(handle.workflow_id)
    with pytest.raises(WorkflowFailed) as failed:
        handle.result(30)
    assert failed.value.status == "CANCELED"
    postgres_stack.wait_until(handle, CLEAN_UP)


def test_a_block_that_commits(postgres_stack: Stack, second_process: SecondProcess) -> None:
    """Its workflow, and the signal to it, exist from then on and run at once; before that nobody sees it."""
    second_process.begin()
    second_process.begin()
    handle = started(postgres_stack, second_process, "SignalDemo")
    second_process.signal_workflow(handle.workflow_id, "go", "now")
    second_process.commit()
    with pytest.raises(NotFound):
        handle.describe()
    second_process.commit()
    committed = time.monotonic()
    assert handle.result(30) == "got go=now"
    assert time.monotonic() - committed <= AT_ONCE_SECONDS


def test_a_block_that_is_rolled_back(postgres_stack: Stack, second_process: SecondProcess) -> None:
    """Neither the start nor the signal has happened; what the outer block did stays."""
    kept = started(postgres_stack, second_process, "Listening")
    second_process.begin()
    outer = started(postgres_stack, second_process, "HelloWorld", "outer")
    second_process.begin()
    inner = started(postgres_stack, second_process, "HelloWorld", "inner")
    second_process.signal_workflow(kept.workflow_id, "never")
    second_process.rollback()
    second_process.commit()
    assert outer.result(30) == "Hello workflow completed"
    with pytest.raises(NotFound):
        inner.describe()
    assert [event.number for event in kept.history()] == [1, 2]
    assert kept.terminate()


def test_a_refusal_leaves_the_block_usable(postgres_stack: Stack, second_process: SecondProcess) -> None:
    """A start that the policies refuse has changed nothing; the block goes on and commits."""
    first = started(postgres_stack, second_process, "Listening")
    second_process.begin()
    with pytest.raises(RefusedThere, match="Rejected"):
        second_process.start_workflow("Listening", workflow_id=first.workflow_id)
    second = started(postgres_stack, second_process, "HelloWorld")
    second_process.commit()
    assert second.result(30) == "Hello workflow completed"
    assert first.terminate()


def test_an_open_block_delays_nobody(postgres_stack: Stack, second_process: SecondProcess) -> None:
    """But a start of the same workflow id: that is refused as busy, then possible once the block is over."""
    stack = postgres_stack
    other = started(stack, second_process, "Listening")
    second_process.begin()
    mine = started(stack, second_process, "HelloWorld", workflow_id="in-an-open-block")
    second_process.signal_workflow(other.workflow_id, "later")
    with pytest.raises(RpcError) as busy:
        stack.start("HelloWorld", workflow_id="in-an-open-block")
    assert (busy.value.code, busy.value.reason) == ("ABORTED", "ID_BUSY")
    opened = time.monotonic()
    slowest = 0.0
    while time.monotonic() - opened < OPEN_SECONDS:
        begun = time.monotonic()
        assert stack.start("HelloWorld").result(30) == "Hello workflow completed"
        assert stack.start("Doubling", 1).result(30) == 3
        slowest = max(slowest, time.monotonic() - begun)
    assert slowest <= AT_ONCE_SECONDS
    second_process.commit()
    assert mine.result(30) == "Hello workflow completed"
    assert other.result(30) is None
    stack.wait_until(stack.start("HelloWorld", workflow_id="in-an-open-block"), "WS, Y, AS, WC, AC")
