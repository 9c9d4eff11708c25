"""Scenario 29: killed at every named point, and the end is that of a run without the fault."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sched_sdk.worker.points import Point as WorkerPoint

from tests.e2e.harness.processes import ROOT
from tests.e2e.killing.cases import AGAIN, CASES, Case, case, rows
from tests.e2e.killing.lives import KILLED, Ended
from tests.e2e.killing.runs import Runs
from tests.e2e.killing.scripts import journey
from workflows.points import Point


def check(runs: Runs, case: Case) -> None:
    run = runs.of(case)
    assert died_there(case, run.deaths), f"not every death was there: {run.deaths}"
    assert run.ending == runs.faultless(case.script)
    assert run.ending.runs == 1
    assert run.ending.outstanding == {}
    assert run.ending.findings == []


def died_there(case: Case, deaths: Sequence[Ended]) -> bool:
    """Killed, with the name of the point as the last word, at each of the case's points in turn."""
    told = [ended for ended in deaths if ended.reached is not None]
    return told == [Ended(KILLED, death.point) for death in case.deaths]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_killed_at(runs: Runs, case: Case) -> None:
    """It died there and nowhere else; result and history are as without it; nothing is left over."""
    check(runs, case)


@pytest.mark.long
@pytest.mark.parametrize("case", AGAIN, ids=str)
def test_killed_at_a_later_time(runs: Runs, case: Case) -> None:
    """The same at the second, third and fourth time that a point is reached."""
    check(runs, case)


@pytest.mark.parametrize(
    "deaths",
    [[], [Ended(0, None)], [Ended(KILLED, None)], [Ended(1, "DECIDED")], [Ended(KILLED, "WRITTEN")]],
    ids=["lived", "stopped", "killed elsewhere", "ended otherwise", "at another point"],
)
def test_a_run_without_that_death_does_not_count(deaths: list[Ended]) -> None:
    """However well it ended."""
    assert died_there(case(journey, Point.DECIDED), [Ended(KILLED, "DECIDED")])
    assert not died_there(case(journey, Point.DECIDED), deaths)


def test_every_point_has_a_case() -> None:
    """And every case a point."""
    points = {point.name for kind in (Point, WorkerPoint) for point in kind}
    assert {case.deaths[-1].point for case in CASES} == points


def test_the_page_lists_the_points() -> None:
    """As they are, in the order of the code, with the scripts that die there."""
    lines = (ROOT / "docs/reliability.md").read_text().splitlines()
    header = lines.index("| point | where the process is | dies there |")
    assert lines[header + 2 : header + 2 + len(rows())] == rows()
