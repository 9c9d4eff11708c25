"""The bars of issue 2, and the table that shows the figures beside them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Medians = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A figure that must be reached, from above or from below."""

    workload: str
    figure: str
    at_least: float | None = None
    at_most: float | None = None

    def is_missed(self, value: float) -> bool:
        too_low = self.at_least is not None and value < self.at_least
        return too_low or (self.at_most is not None and value > self.at_most)

    def __str__(self) -> str:
        return f"≥ {self.at_least:g}" if self.at_least is not None else f"≤ {self.at_most:g}"


BARS = (
    Bar(workload="bulk", figure="workflows_per_second", at_least=800),
    Bar(workload="callers", figure="transitions_per_commit", at_least=8),
    Bar(workload="callers", figure="statements_per_transition", at_most=0.6),
    Bar(workload="idle", figure="resident_mib", at_most=160),
)


def missed(medians: Medians) -> list[Bar]:
    """The bars that the measured figures miss; one that was not measured is not missed."""
    known = [bar for bar in BARS if bar.workload in medians]
    return [bar for bar in known if bar.is_missed(medians[bar.workload][bar.figure])]


def show(report: Mapping[str, Any], medians: Medians, path: Path) -> None:
    """Print the table."""
    for part in ("server", "environment"):
        print(f"{part}: " + ", ".join(f"{name} = {value}" for name, value in report[part].items()))
    print(f"medians; results of all runs in {path}\n")
    bars = {(bar.workload, bar.figure): bar for bar in BARS}
    for workload, figures in medians.items():
        for figure, value in figures.items():
            bar = bars.get((workload, figure))
            each = " / ".join(f"{run[figure]:.4g}" for run in report["runs"][workload])
            verdict = f"{bar}  {'MISSED' if bar.is_missed(value) else 'ok'}" if bar else ""
            print(f"{workload:8} {figure:28} {value:10.4g}  {verdict:14} ({each})")
