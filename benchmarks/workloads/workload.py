"""What a workload is, and the ordinary kind: a load that is asked for, and counted until it is answered."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from benchmarks import figures
from benchmarks.bars import OURS
from benchmarks.child import Answer
from benchmarks.ours import stack as ours
from benchmarks.peers import site as peers
from benchmarks.servers.counts import Counts
from benchmarks.servers.durability import settings_in_use

type Found = dict[str, Any]
"""Figures, and what else a run found: `server`, `top`."""
WARM_UP = 300
WARM_UP_SHARE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """A load.

    Attributes:
        about: One line for `--help`.
        sizes: Units (workflows, steps, signals, timers) of a run by system; slower ones get fewer, so that runs take
            about as long. The first word of a system is its name, the rest its mode.
        measure: One run: system and size to what it found.
        once: A run takes minutes; there is one, whatever was asked.
    """

    name: str
    about: str
    sizes: Mapping[str, int]
    measure: Callable[[str, int], Found]
    once: bool = False


PROCESSES = {("dbos", "bulk"): 2, ("dbos", "callers"): 2, ("absurd", "bulk"): 2, ("absurd", "callers"): 2}
"""Of a peer's script, as many as there are cores: one interpreter uses one of them."""


def running(system: str, workload: str) -> AbstractContextManager[ours.Stack | peers.Site]:
    """The system, ready for the load."""
    if system == OURS:
        return ours.running()
    peer, _, mode = system.partition(" ")
    return peers.running(peer, mode, PROCESSES.get((peer, workload), 1))


def asked(workload: str) -> Callable[[str, int], Found]:
    """The measurement of an ordinary load: a small one to warm up, then the one that counts."""

    def measure(system: str, count: int) -> Found:
        with running(system, workload) as site:
            site.ask("bulk", count=min(WARM_UP, max(count // WARM_UP_SHARE, 10)))
            with site.counted() as counts:
                answer = site.ask(workload, count=count)
            return {**found(answer, counts, count), "server": settings_in_use(site.ground)}

    return measure


def found(answer: Answer, counts: Counts, units: int) -> Found:
    """The figures of a run."""
    taken, marks = answer.get("taken"), answer.get("marks")
    return {
        "units": units,
        "per_second": units / answer["seconds"],
        **(figures.latency(taken) if taken else {}),
        **(figures.growth_of_steps(marks) if marks else {}),
        **figures.costs(counts, units),
        "top": counts.top,
    }
