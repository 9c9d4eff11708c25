"""The benchmarks' command line, and the order of runs that follows from it."""

from __future__ import annotations

import pytest

from benchmarks.alternation import planned
from benchmarks.arguments import ArgumentError, parse
from benchmarks.workloads.catalogue import WORKLOADS


def test_without_arguments_everything_runs_three_times() -> None:
    """All workloads, all peers, in full."""
    asked = parse([], WORKLOADS)
    assert (asked.only, asked.runs, asked.scale) == (tuple(WORKLOADS), 3, 1.0)
    assert asked.peers == ("dbos", "absurd", "procrastinate", "celery")


def test_systems_take_turns() -> None:
    """Ours, then each mode of each peer, then the next run."""
    asked = parse(["--only", "callers", "--peers", "dbos", "--runs", "2"], WORKLOADS)
    systems = [system for _, system, _ in planned(asked, WORKLOADS)]
    assert systems == ["sched", "dbos direct", "dbos queued"] * 2


def test_a_scale_makes_runs_small_but_not_empty() -> None:
    """Ten at least; of steps enough for the first and the last hundred."""
    asked = parse(["--only", "bulk", "--only", "steps", "--peers", "none", "--scale", "0.001"], WORKLOADS)
    sizes = {workload.name: size for workload, _, size in planned(asked, WORKLOADS)}
    assert sizes == {"bulk": 10, "steps": 110}


def test_what_takes_minutes_runs_once() -> None:
    """Whatever number of runs was asked for."""
    asked = parse(["--only", "closed", "--runs", "5"], WORKLOADS)
    assert len(list(planned(asked, WORKLOADS))) == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--only", "bluk"], "only: 'bluk': must be one of bulk, callers"),
        (["--peers", "temporal"], "peers: 'temporal': must be one of dbos, absurd, procrastinate, celery"),
        (["--runs", "0"], "runs: '0': must be a whole number from 1 to 100"),
        (["--runs", "many"], "runs: 'many': must be a whole number from 1 to 100"),
        (["--scale", "0"], "scale: '0': must be a number above 0 and at most 1"),
        (["--scale", "nan"], "scale: 'nan': must be a number above 0 and at most 1"),
        (["--scale", "half"], "scale: 'half': must be a number above 0 and at most 1"),
    ],
)
def test_a_bad_argument_is_told_with_its_value_and_the_rule(arguments: list[str], told: str) -> None:
    """In one sentence that names the field."""
    with pytest.raises(ArgumentError) as refused:
        parse(arguments, WORKLOADS)
    assert str(refused.value).startswith(told)
