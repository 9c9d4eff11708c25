"""The figures for people: a table by workload, the ratios, and the bars."""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks import bars
from benchmarks.bars import OURS, Medians

FIRST = ("per_second", "p50_ms", "p99_ms")
OF_A_PEER = 1
"""Ratios are told to this many digits after the point."""


def show(report: Mapping[str, Any], medians: Medians) -> None:
    """Print everything."""
    for part in ("machine", "servers"):
        print(f"{part}: " + ", ".join(f"{name} = {value}" for name, value in report[part].items()))
    for workload, systems in medians.items():
        print(f"\n{workload}")
        print("\n".join(rows(systems, report["runs"][workload])))
    if report["scale"] == 1:
        print("\n" + "\n".join(verdicts(medians)))


def rows(systems: Mapping[str, Mapping[str, float]], runs: Mapping[str, Sequence[Any]]) -> list[str]:
    """A row for each figure, a column for each system; in brackets ours as a multiple of theirs."""
    names = sorted(
        dict.fromkeys(name for each in systems.values() for name in each),
        key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST),
    )
    lines = [f"  {'':28}" + "".join(f"{system:>24}" for system in systems)]
    for name in names:
        cells = "".join(f"{_cell(name, system, systems):>24}" for system in systems)
        each = " / ".join(f"{run[name]:.4g}" for run in runs.get(OURS, ()) if name in run)
        lines.append(f"  {name:28}{cells}   {each}")
    return lines


def _cell(name: str, system: str, systems: Mapping[str, Mapping[str, float]]) -> str:
    value, ours = systems[system].get(name), systems.get(OURS, {}).get(name)
    if value is None:
        return "–"
    if system == OURS or not value or ours is None or name == "units":
        return f"{value:.4g}"
    return f"{value:.4g} ({ours / value:.2g} ×)"


def verdicts(medians: Medians) -> list[str]:
    """A line for each bar that was measured."""
    lines = []
    for bar, value in bars.measured(medians):
        verdict = "MISSED" if bar.is_missed(value) else "target met" if bar.is_on_target(value) else "bar met"
        to = f" to {' or '.join(bar.peers)}" if bar.peers else ""
        target = f"target {bar.target:g}" if bar.target is not None else ""
        what = f"{bar.workload}: {bar.figure}{to}"
        lines.append(f"{what:58} {value:10.4g}  {bar!s:10} {target:14} {verdict}")
    return lines


def show_statements(runs: Mapping[str, Mapping[str, Sequence[Any]]]) -> None:
    """What our engine's sessions executed most in the last run of each workload."""
    for workload, systems in runs.items():
        print(f"\n{workload}: calls, ms, text")
        for text, calls, ms in systems.get(OURS, [{}])[-1].get("top", ()):
            print(f"{calls:8d} {ms:10.1f}  {text}")
