"""The report of a run, in markdown."""

from __future__ import annotations

from collections.abc import Iterable

from tests.chaos.faults import FAULTS
from tests.chaos.run import Outcome

SHOWN = 20
"""Of what went wrong, so much is told."""


def report(outcome: Outcome) -> str:
    verdict = outcome.verdict
    statuses = ", ".join(f"{count} {status}" for status, count in sorted(verdict.statuses.items()))
    live = ", ".join(f"{count} × status {status}" for status, count in sorted(outcome.live_checks.items()))
    lines = [
        f"`--seconds {outcome.seconds:g} --workflows {outcome.workflows} --seed {outcome.seed}`: "
        + ("passed" if outcome.is_good else "FAILED"),
        "",
        "| | |",
        "| --- | --- |",
        f"| workflows acknowledged | {verdict.starts} of {outcome.workflows} |",
        f"| signals, cancel requests acknowledged | {verdict.signals}, {verdict.cancels} |",
        f"| ended | {statuses} |",
        f"| events, outcomes of activities | {verdict.events}, {verdict.outcomes} |",
        f"| lost | {len(verdict.lost)} |",
        f"| duplicated | {len(verdict.duplicated)} |",
        f"| different from a run without faults | {len(verdict.different)} |",
        f"| faults | {len(outcome.fired)} |",
        f"| calls that were made again | {verdict.calls_again} |",
        f"| activities' attempts that ran again outside | {verdict.again} |",
        f"| all ended after the faults did | {outcome.rest_seconds:.0f} s |",
        f"| `fsck` at the end | {outcome.fsck} |",
        f"| `fsck` between the faults | {live or 'none'} |",
        f"| processes that ended unasked | {len(outcome.surprises)} |",
        "",
        "| fault | fired | longest stall |",
        "| --- | --- | --- |",
    ]
    lines += [
        f"| {name} | {outcome.counts[name]} | {outcome.stalls.get(name, 0.0):.1f} s |" for name in FAULTS
    ]
    told = {"lost": verdict.lost, "duplicated": verdict.duplicated, "different": verdict.different}
    told |= {"fsck": outcome.live_findings, "ended": outcome.surprises}
    for name, items in told.items():
        lines += _some(name, items)
    return "\n".join(lines) + "\n"


def _some(name: str, items: Iterable[str]) -> list[str]:
    found = [f"- {name}: {item}" for item in items]
    more = [f"- and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
    return ["", *found[:SHOWN], *more] if found else []
