"""Scenarios 1, 2, 8 and 20 on Postgres without Redis, started and steered from a second process: it wakes the engine
by NOTIFY."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from sched_sdk import WorkflowFailed

from tests.e2e.harness.second_process import SecondProcess, Writer
from tests.e2e.harness.stack import Stack
from tests.e2e.harness.waiting import wait_for
from tests.e2e.test_basics import MONTHLY_REPORT
from tests.e2e.test_steering import CLEAN_UP

AT_ONCE_SECONDS = 1.0


def test_1_hello_world(postgres_stack: Stack, second_process: SecondProcess) -> None:
    """The engine hears of it at once, and not by its sweep, which finds what is older than two seconds."""
    writer = Writer(stack=postgres_stack, process=second_process)
    assert min(seconds_of_hello(writer) for _ in range(3)) <= AT_ONCE_SECONDS


def seconds_of_hello(writer: Writer) -> float:
    begun = time.monotonic()
    handle = writer.start("HelloWorld", "world")
    assert handle.result(30) == "Hello workflow completed"
    taken = time.monotonic() - begun
    writer.stack.wait_until(handle, "WS, Y, AS, WC, AC")
    return taken


def test_2_monthly_report(postgres_stack: Stack, second_process: SecondProcess) -> None:
    """Four turns."""
    handle = Writer(stack=postgres_stack, process=second_process).start("MonthlyReport")
    assert handle.result(30) == "Report completed"
    postgres_stack.wait_until(handle, MONTHLY_REPORT)


def test_8_signal_demo(postgres_stack: Stack, second_process: SecondProcess) -> None:
    """The signal is written to the inbox, and drained by the engine."""
    handle = Writer(stack=postgres_stack, process=second_process).start("SignalDemo")
    postgres_stack.wait_until(handle, "WS, Y, TS")
    second_process.signal_workflow(handle.workflow_id, "go", "now")
    assert handle.result(30) == "got go=now"
    postgres_stack.wait_until(handle, "WS, Y, TS, SR, Y, TX, WC")


def test_20_cancel_with_clean_up(
    postgres_stack: Stack, second_process: SecondProcess, tmp_path: Path
) -> None:
    """As through the engine's own door."""
    handle = Writer(stack=postgres_stack, process=second_process).start("CleansUp", str(tmp_path))
    wait_for((tmp_path / "beating").exists, "beating heart")
    second_process.cancel_workflow(handle.workflow_id)
    with pytest.raises(WorkflowFailed) as failed:
        handle.result(30)
    assert failed.value.status == "CANCELED"
    postgres_stack.wait_until(handle, CLEAN_UP)
