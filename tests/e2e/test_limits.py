"""Scenario 23: heartbeats, and the four limits of an activity. The 35 s are in `test_quiet.py`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.harness import histories
from tests.e2e.harness.records import Records
from tests.e2e.harness.stack import Stack


def test_23_a_lively_activity_has_one_attempt(stack: Stack, records: Records) -> None:
    """It takes twice its heartbeat timeout; its heartbeats keep it."""
    pattern = "WS, Y, AS, AC, Y, WC"
    handle = stack.start("Lively", 2.0)
    assert handle.result(30) == {"attempt": 1, "delivery": 1}
    records.same("23-lively", stack, pattern, stack.wait_until(handle, pattern))


def test_23_a_silent_one_is_given_on_with_its_last_details(
    stack: Stack, records: Records, tmp_path: Path
) -> None:
    """Silence is a failed attempt, after the heartbeat timeout and not before; the next one goes on from there."""
    pattern = "WS, Y, AS, AR, AC, Y, WC"
    handle = stack.start("Silent", str(tmp_path))
    try:
        assert handle.result(30) == {"attempt": 2, "details": {"row": 3}}
    finally:
        (tmp_path / "go").touch()
    events = stack.wait_until(handle, pattern)
    [retried] = histories.attributes(events, "AR")
    assert retried.failure.type == "HEARTBEAT_TIMEOUT"
    [scheduled], [failed] = histories.of_kind(events, "AS"), histories.of_kind(events, "AR")
    assert histories.seconds_between(scheduled, failed) >= 1.0
    records.same("23-silent", stack, pattern, events, hidden=str(tmp_path))


@pytest.mark.parametrize("limit", ["start_to_close", "schedule_to_start", "schedule_to_close"])
def test_23_each_limit_does_as_it_is_named(
    stack: Stack, records: Records, tmp_path: Path, limit: str
) -> None:
    """The activity ends TIMED_OUT by that limit, after its second, whether a worker holds it or none has it."""
    pattern = "WS, Y, AS, ATO, Y, WC"
    handle = stack.start("Limited", {"limit": limit, "folder": str(tmp_path)})
    try:
        assert f"{limit.upper()}_TIMEOUT" in handle.result(30)
    finally:
        (tmp_path / "go").touch()
    events = stack.wait_until(handle, pattern)
    [scheduled], [ended] = histories.of_kind(events, "AS"), histories.of_kind(events, "ATO")
    assert histories.seconds_between(scheduled, ended) >= 1.0
    assert (tmp_path / "running").exists() == (limit != "schedule_to_start")
    records.same(f"23-{limit}", stack, pattern, events, hidden=str(tmp_path))
