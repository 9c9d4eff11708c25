"""Rates, percentiles, medians and ratios of the benchmarks."""

from __future__ import annotations

import pytest

from benchmarks import figures
from benchmarks.servers.counts import Counts


def test_a_percentile_lies_between_the_values_beside_it() -> None:
    """Half of 1 to 5 is 3, and one value is every percentile of itself."""
    assert figures.percentile([1, 2, 3, 4, 5], 50) == 3
    assert figures.percentile([1.0, 2.0], 99) == pytest.approx(1.99)
    assert figures.percentile([7.0], 99) == 7.0


@pytest.mark.parametrize("percent", [0, 100, 50.5])
def test_a_percentile_must_be_a_whole_number_from_1_to_99(percent: int) -> None:
    """Another one is named with the rule."""
    with pytest.raises(ValueError, match=rf"^percent: {percent}: must be a whole number from 1 to 99$"):
        figures.percentile([1.0], percent)


def test_nothing_has_no_percentile() -> None:
    """The message says what is empty."""
    with pytest.raises(ValueError, match=r"^values: \[\]: must not be empty$"):
        figures.percentile([], 50)


def test_latencies_are_milliseconds_of_seconds() -> None:
    """With the prefix that was asked for."""
    assert figures.latency([0.5], "late_") == {"late_p50_ms": 500, "late_p99_ms": 500}


def test_steps_that_take_twice_as_long_at_the_end_have_grown_by_two() -> None:
    """A hundred steps of a second, then a hundred of two."""
    marks = [float(second) for second in range(101)]
    marks += [100 + 2.0 * step for step in range(1, 101)]
    assert figures.growth_of_steps(marks) == {"last_to_first": 2}


def test_a_hundred_steps_are_too_few_to_grow() -> None:
    """The first and the last hundred must be told apart."""
    with pytest.raises(ValueError, match=r"^marks: 100 moments: must be more than 100$"):
        figures.growth_of_steps([0.0] * 100)


def test_costs_are_of_one_unit() -> None:
    """CPU in milliseconds, by part and in all; statements, commits and bytes; memory is of no unit."""
    counts = Counts(
        statements=20,
        commits=5,
        transactions=10,
        wal_bytes=1_000,
        cpu_seconds={"engine": 0.1, "worker": 0.05},
        resident_mib={"engine": 90.0},
    )
    assert figures.costs(counts, 10) == {
        "cpu_ms_engine": pytest.approx(10),
        "cpu_ms_worker": pytest.approx(5),
        "cpu_ms_all": pytest.approx(15),
        "statements": 2,
        "commits": 0.5,
        "transactions": 1,
        "wal_bytes": 100,
        "engine_mib": 90,
    }


def test_a_median_is_of_every_number_that_all_runs_have() -> None:
    """Texts and lists are left out, and so is what one run lacks."""
    runs = [{"a": 1, "b": 1, "top": []}, {"a": 9, "b": 2, "top": []}, {"a": 2, "top": []}]
    assert figures.medians(runs) == {"a": 2}


def test_a_ratio_is_to_the_best_of_the_others() -> None:
    """The fastest where more is better, the shortest where less is."""
    assert figures.ratio(100, [5, 10], more_is_better=True) == 10
    assert figures.ratio(6, [5, 10], more_is_better=False) == 1.2


@pytest.mark.parametrize("theirs", [[], [0.0]])
def test_a_ratio_to_nothing_is_refused(theirs: list[float]) -> None:
    """With the values and the rule."""
    with pytest.raises(ValueError, match=r"^theirs: \[.*\]: must hold figures above zero$"):
        figures.ratio(1, theirs, more_is_better=True)
