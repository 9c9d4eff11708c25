"""The order of the runs: systems take turns, so that an hour in which the machine is slow is slow for all of them."""

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.arguments import Asked
from benchmarks.bars import OURS
from benchmarks.workloads.workload import Found, Workload

type Runs = dict[str, dict[str, list[Found]]]
"""By workload and system."""
SIZE_MIN = 10
STEPS_MIN = 110
"""More than the hundred of which the first and the last are compared."""


def systems_of(workload: Workload, peers: tuple[str, ...]) -> list[str]:
    """Ours first, then every mode of these peers."""
    return [each for each in workload.sizes if each.partition(" ")[0] in (OURS, *peers)]


def planned(asked: Asked, workloads: Mapping[str, Workload]) -> Iterator[tuple[Workload, str, int]]:
    """Workload, system and size of each run, in order."""
    for name in asked.only:
        workload = workloads[name]
        for _ in range(1 if workload.once else asked.runs):
            for system in systems_of(workload, asked.peers):
                least = STEPS_MIN if name == "steps" else SIZE_MIN
                size = workload.sizes[system]
                yield workload, system, min(size, max(int(size * asked.scale), least))


def measure(asked: Asked, workloads: Mapping[str, Workload]) -> Runs:
    """All runs that were asked for, each on servers of its own; tells what it is at on standard error."""
    runs: Runs = {}
    for workload, system, size in planned(asked, workloads):
        found: dict[str, Any] = workload.measure(system, size)
        runs.setdefault(workload.name, {}).setdefault(system, []).append(found)
        told = " ".join(f"{name}={found[name]:.4g}" for name in TOLD if name in found)
        print(f"{workload.name}: {system}: {told}", file=sys.stderr, flush=True)
    return runs


TOLD = (
    "per_second",
    "p50_ms",
    "p99_ms",
    "late_p99_ms",
    "kept_percent",
    "to_one",
    "core_percent",
    "engine_mib",
)
