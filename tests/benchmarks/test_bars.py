"""Bars and targets of the benchmarks."""

from __future__ import annotations

import pytest

from benchmarks.bars import BARS, Bar, measured, missed
from benchmarks.workloads.catalogue import WORKLOADS

RATE = Bar(workload="bulk", figure="per_second", at_least=12, target=20, peers=("a", "b"))
LATE = Bar(workload="timers", figure="late", at_most=30, target=15)


def test_a_bar_against_peers_is_a_ratio_to_the_best_that_was_measured() -> None:
    """One that was not measured does not count."""
    medians = {"bulk": {"sched": {"per_second": 240.0}, "a": {"per_second": 10.0}, "b": {"per_second": 20.0}}}
    assert RATE.value(medians) == 12
    del medians["bulk"]["b"]
    assert RATE.value(medians) == 24


def test_what_was_not_measured_has_no_value() -> None:
    """Neither without ours nor without any peer."""
    assert RATE.value({}) is None
    assert RATE.value({"bulk": {"sched": {"per_second": 1.0}}}) is None


@pytest.mark.parametrize(
    ("bar", "value", "is_missed", "is_on_target"),
    [
        (RATE, 11.9, True, False), (RATE, 12, False, False), (RATE, 20, False, True),
        (LATE, 30.1, True, False), (LATE, 30, False, False), (LATE, 15, False, True),
    ],
)  # fmt: skip
def test_a_bar_is_met_at_its_value(bar: Bar, value: float, is_missed: bool, is_on_target: bool) -> None:
    """And a target at its own, from above or from below."""
    assert (bar.is_missed(value), bar.is_on_target(value)) == (is_missed, is_on_target)


def test_a_bar_says_what_it_demands() -> None:
    """With a sign for times where it is a ratio."""
    assert (str(RATE), str(LATE)) == ("≥ 12 ×", "≤ 30")


def test_a_bar_has_one_side() -> None:
    """Both or neither are refused."""
    for least, most in ((None, None), (1.0, 2.0)):
        with pytest.raises(ValueError, match="exactly one must be given"):
            Bar(workload="bulk", figure="x", at_least=least, at_most=most)


def test_only_measured_bars_are_missed() -> None:
    """A run of one workload is judged by its own bars."""
    medians = {"bulk": {"sched": {"per_second": 10.0}}}
    assert [bar.workload for bar, _ in measured(medians)] == ["bulk"]
    assert [bar.figure for bar in missed(medians)] == ["per_second"]


def test_every_bar_is_of_a_workload_that_there_is() -> None:
    """And of peers that it is measured against."""
    for bar in BARS:
        assert bar.workload in WORKLOADS
        assert not bar.peers or set(bar.peers) & set(WORKLOADS[bar.workload].sizes)
