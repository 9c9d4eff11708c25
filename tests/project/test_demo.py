"""How the demo compares: histories with patterns, and what it says of a run that does otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from workflows.core import events
from workflows.management.demo.cases import CASES
from workflows.management.demo.histories import SHORT_NAMES, length, matches
from workflows.management.demo.runs import Run

REPORT = next(case for case in CASES if case.workflow == "MonthlyReport")
RUN_AS_EXPECTED = [
    "WS",
    "Y",
    "AS",
    "TS",
    "AC",
    "TF",
    "Y",
    "AS",
    "TS",
    "TF",
    "AC",
    "Y",
    "AS",
    "TS",
    "AC",
    "TF",
    "Y",
    "WC",
]


def differences(history: list[str], **execution: Any) -> list[str]:
    run = Run(case=REPORT, workflow_id="report", history=history)
    return run.differences({"status": "COMPLETED", "result": REPORT.result} | execution)


@pytest.mark.parametrize(
    ("pattern", "names", "expected"),
    [
        ("WS, Y, WC", "WS Y WC", True),
        ("WS, Y, WC", "WS Y", False),
        ("WS, Y, WC", "WS Y WC AC", False),
        ("WS, {AC, TF}, Y", "WS TF AC Y", True),
        ("WS, {AC, TF}, Y", "WS TF Y AC", False),
        ("WS, 3 AS, {AC, AC}, Y", "WS AS AS AS AC AC Y", True),
        ("WS, 3 AS, Y", "WS AS AS Y", False),
    ],
)
def test_a_pattern_stands_for_its_histories_alone(pattern: str, names: str, expected: bool) -> None:
    """Order counts, but within braces; a number repeats a name."""
    assert matches(pattern, names.split()) is expected


def test_the_length_of_a_pattern() -> None:
    """Names in braces and repeated ones are counted."""
    assert length("WS, 200 AS, {AC, TF}, WC") == 204


def test_every_event_has_a_short_name() -> None:
    """And no two share one."""
    kinds = {kind.__name__ for kind in events.Event.__subclasses__() if kind.__module__ == events.__name__}
    assert kinds == set(SHORT_NAMES)
    assert len(set(SHORT_NAMES.values())) == len(SHORT_NAMES)


def test_a_run_as_expected_has_no_difference() -> None:
    """Whatever the order within braces."""
    assert differences(RUN_AS_EXPECTED) == []


def test_a_difference_is_told_in_a_sentence() -> None:
    """Status, result and history, each on its own."""
    assert differences(RUN_AS_EXPECTED[:-1]) == [f"history: expected {REPORT.history}"]
    assert differences(RUN_AS_EXPECTED, result=None) == ['result: expected "Report completed", found null']
    assert differences(RUN_AS_EXPECTED, status="FAILED") == ["status: expected COMPLETED, found FAILED"]


def test_every_demo_workflow_has_a_case() -> None:
    """Of the seven that the demo worker knows."""
    assert {case.workflow for case in CASES} == {
        "HelloWorld", "MonthlyReport", "ApprovalGate", "SignalDemo", "RetryDemo", "LongDemo", "OrderSaga",
    }  # fmt: skip
    assert all(case.history.startswith("WS, Y") for case in CASES)
