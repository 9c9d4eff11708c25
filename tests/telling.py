"""What a run of the tests shall show of those that pass: seeds, and what they came to.

A fixture and a summary, since tests run in several processes, whose output nobody sees.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Tell = Callable[[str], None]
_NAME = "told"


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Tell:
    """Called with a line, or lines, for the end of the run."""
    return lambda text: record_property(_NAME, text)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """After all tests, whatever became of them."""
    reports = [each for found in terminalreporter.stats.values() for each in found]
    told = [
        (report.nodeid, text)
        for report in reports
        if getattr(report, "when", "") == "call"
        for name, text in report.user_properties
        if name == _NAME
    ]
    if told:
        terminalreporter.section("told")
    for nodeid, text in sorted(told):
        terminalreporter.write_line(f"{nodeid}: {text}")
