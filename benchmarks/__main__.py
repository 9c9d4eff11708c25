"""`python -m benchmarks`: sched and its peers in turn, the table, and the bars. Exits 1 below a bar."""

import signal
import sys
from typing import Any

from benchmarks import alternation, bars, figures, table
from benchmarks.arguments import ArgumentError, parse
from benchmarks.machine import machine
from benchmarks.results import save
from benchmarks.servers.process import end_in_order
from benchmarks.workloads.catalogue import WORKLOADS


def main() -> int:
    signal.signal(signal.SIGTERM, end_in_order)
    try:
        asked = parse(None, WORKLOADS)
    except ArgumentError as refusal:
        print(f"benchmarks: {refusal}", file=sys.stderr)
        return 2
    before = machine()
    runs = alternation.measure(asked, WORKLOADS)
    report = {"machine": before, "servers": durability(runs), "scale": asked.scale, "runs": runs}
    medians = {
        workload: {system: figures.medians(each) for system, each in systems.items()}
        for workload, systems in runs.items()
    }
    table.show(report, medians)
    print(f"\nmedians; all runs: {save({**report, 'medians': medians}, 'bench')}")
    if asked.statements:
        table.show_statements(runs)
    return 1 if asked.scale == 1 and bars.missed(medians) else 0


def durability(runs: alternation.Runs) -> dict[str, Any]:
    """What each system's server said of itself under load."""
    return {
        system: found[-1]["server"]
        for systems in runs.values()
        for system, found in systems.items()
        if "server" in found[-1]
    }


if __name__ == "__main__":
    sys.exit(main())
