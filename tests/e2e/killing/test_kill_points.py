"""Scenario 29: killed at every named point, and the end is that of a run without the fault."""

from __future__ import annotations

import pytest
from sched_sdk.worker.points import Point as WorkerPoint

from tests.e2e.harness.processes import ROOT
from tests.e2e.killing.cases import AGAIN, CASES, Case, rows
from tests.e2e.killing.lives import KILLED, Ended
from tests.e2e.killing.runs import Runs
from workflows.points import Point


def check(runs: Runs, case: Case) -> None:
    run = runs.of(case)
    deaths = run.deaths[: len(case.deaths)]
    assert [ended for ended in run.deaths if ended.reached] == [
        Ended(KILLED, death.point) for death in case.deaths
    ], f"it did not die there: {deaths}"
    assert run.ending == runs.faultless(case.script)
    assert run.ending.executions == 1
    assert run.ending.outstanding == {}
    assert run.ending.findings == []


@pytest.mark.parametrize("case", CASES, ids=str)
def test_killed_at(runs: Runs, case: Case) -> None:
    """It died there and nowhere else; result and history are as without it; nothing is left over."""
    check(runs, case)


@pytest.mark.long
@pytest.mark.parametrize("case", AGAIN, ids=str)
def test_killed_at_a_later_time(runs: Runs, case: Case) -> None:
    """The same at the second, third and fourth time that a point is reached."""
    check(runs, case)


def test_every_point_has_a_case() -> None:
    """And every case a point."""
    points = {point.name for kind in (Point, WorkerPoint) for point in kind}
    assert {case.deaths[-1].point for case in CASES} == points


def test_the_page_lists_the_points() -> None:
    """As they are, in the order of the code, with the scripts that die there."""
    lines = (ROOT / "docs/reliability.md").read_text().splitlines()
    header = lines.index("| point | where the process is | dies there |")
    assert lines[header + 2 : header + 2 + len(rows())] == rows()
