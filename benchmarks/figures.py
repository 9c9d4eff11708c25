"""From what was measured to figures: rates, percentiles, medians. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median, quantiles
from typing import Any

from benchmarks.servers.counts import Counts

type Figures = dict[str, float]
HUNDRED = 100
"""Steps of which the first and the last are compared."""


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that this share of them does not exceed, interpolated; of one value: that.

    Raises:
        ValueError: No values, or a percentage that is not a whole number from 1 to 99.
    """
    if percent not in range(1, 100):
        raise ValueError(f"percent: {percent!r}: must be a whole number from 1 to 99")
    if not values:
        raise ValueError("values: []: must not be empty")
    return quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else values[0]


def latency(taken: Sequence[float], prefix: str = "") -> Figures:
    """Milliseconds, p50 and p99, of seconds."""
    return {f"{prefix}p{percent}_ms": percentile(taken, percent) * 1000 for percent in (50, 99)}


def growth_of_steps(marks: Sequence[float]) -> Figures:
    """How many times as long the last hundred steps took as the first, of the moments at which steps ran.

    Raises:
        ValueError: Fewer than 101 moments.
    """
    if len(marks) <= HUNDRED:
        raise ValueError(f"marks: {len(marks)} moments: must be more than {HUNDRED}")
    return {"last_to_first": (marks[-1] - marks[-HUNDRED - 1]) / (marks[HUNDRED] - marks[0])}


def costs(counts: Counts, units: int) -> Figures:
    """What one workflow, step or signal cost each part."""
    cpu = {f"cpu_ms_{name}": seconds * 1000 / units for name, seconds in counts.cpu_seconds.items()}
    return {
        **cpu,
        "cpu_ms_all": sum(cpu.values()),
        "statements": counts.statements / units,
        "commits": counts.commits / units,
        "transactions": counts.transactions / units,
        "wal_bytes": counts.wal_bytes / units,
        **{f"{name}_mib": size for name, size in counts.resident_mib.items()},
    }


def medians(runs: Sequence[Mapping[str, Any]]) -> Figures:
    """Of each figure that all runs have; what is no number is left out."""
    names = [name for name, value in runs[0].items() if isinstance(value, int | float)]
    return {name: median(run[name] for run in runs) for name in names if all(name in run for run in runs)}


def ratio(ours: float, theirs: Iterable[float], *, more_is_better: bool) -> float:
    """Our figure to the best of theirs.

    Raises:
        ValueError: There are none, or the best is not above zero.
    """
    values = list(theirs)
    if not values or (best := max(values) if more_is_better else min(values)) <= 0:
        raise ValueError(f"theirs: {values}: must hold figures above zero")
    return ours / best
