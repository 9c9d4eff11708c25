"""What of an engine is looked up when somebody asks for its metrics: nothing here is kept, or costs while nobody does.

What concerns the database as a whole (tasks that wait, inboxes) is told by the engine that leads, from what its loops
have found last, so that sums over engines are true; all else is each engine's own. Called on the thread that answers.
"""

from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from dispatch.sweep import TaskSweep
from dispatch.waiting import Backlog
from timers.due import DueTimers
from timers.leader import Leadership
from workflows.core.keys import TaskKind
from workflows.engine.hints import Hints
from workflows.rpc.server import RpcServer
from workflows.service.commits import Commits
from workflows.service.matching import Matching
from workflows.service.roster import Roster

type Labels = tuple[str, ...]
type Sample = tuple[str, Labels, float]

BY_QUEUE = ("kind", "queue")
GAUGES: dict[str, tuple[str, Labels]] = {
    "sched_leader": ("1 where this engine leads: sweeps, and tells of the database.", ()),
    "sched_database_reachable": ("1 while this engine can commit.", ()),
    "sched_redis_reachable": ("1 while this engine reaches Redis; absent without Redis.", ()),
    "sched_commit_waiting": (
        "Inputs that wait for the writer: completions, requests, loops, late.",
        ("lane",),
    ),
    "sched_timers_armed": ("Timers that this engine watches: those of the next minute.", ()),
    "sched_workers": ("Workers at this engine; one that polls is there between two polls.", BY_QUEUE),
    "sched_worker_streams": ("Open streams of workers.", BY_QUEUE),
    "sched_client_streams": ("Open streams of clients, with the calls of many callers each.", ()),
    "sched_task_backlog": ("Tasks that wait for a worker, where any does; told by the leader.", BY_QUEUE),
    "sched_task_backlog_age_seconds": ("Age of the oldest that waits; told by the leader.", BY_QUEUE),
    "sched_inbox_lag_seconds": (
        "For how long the oldest signal, cancel or termination of Django code had waited; told by the leader.",
        (),
    ),
}


class Reachable(Protocol):
    @property
    def is_reachable(self) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineGauges:
    """One engine's."""

    leadership: Leadership
    commits: Commits
    redis: Reachable | None
    due: DueTimers
    matching: Matching
    roster: Roster
    rpc: RpcServer
    tasks: TaskSweep
    hints: Hints

    def samples(self) -> Iterator[Sample]:
        leads = self.leadership.is_leader()
        yield "sched_leader", (), float(leads)
        yield "sched_database_reachable", (), float(self.commits.is_reachable)
        if self.redis is not None:
            yield "sched_redis_reachable", (), float(self.redis.is_reachable)
        for lane, waiting in self.commits.waiting.items():
            yield "sched_commit_waiting", (lane.name.lower(),), waiting
        yield "sched_timers_armed", (), len(self.due)
        yield from self._workers()
        yield "sched_client_streams", (), self.rpc.client_streams
        if leads:
            yield from _backlogs(self.tasks.backlogs)
            yield "sched_inbox_lag_seconds", (), self.hints.lag.total_seconds()

    def _workers(self) -> Iterator[Sample]:
        workers = Tally((TaskKind(row.kind), row.queue) for row in self.roster.workers)
        streams = Tally(
            (each.queue.kind, each.queue.queue) for each in self.matching.subscriptions if each.streaming
        )
        for name, counted in (("sched_workers", workers), ("sched_worker_streams", streams)):
            for (kind, queue), count in counted.items():
                yield name, (kind.name.lower(), queue), count


def _backlogs(found: Sequence[Backlog]) -> Iterator[Sample]:
    """A queue's name may be that of several namespaces; it is told of once."""
    waiting: Tally[Labels] = Tally()
    oldest: dict[Labels, float] = defaultdict(float)
    for each in found:
        labels: Labels = (each.queue.kind.name.lower(), each.queue.queue)
        waiting[labels] += each.waiting
        oldest[labels] = max(oldest[labels], each.oldest.total_seconds())
    for of, count in waiting.items():
        yield "sched_task_backlog", of, count
        yield "sched_task_backlog_age_seconds", of, oldest[of]


class _Engines(Collector):
    """All engines of this process: one, but in tests; a series is the sum of theirs."""

    def __init__(self) -> None:
        self.running: list[EngineGauges] = []

    def describe(self) -> Iterable[GaugeMetricFamily]:
        return self._families({})

    def collect(self) -> Iterable[GaugeMetricFamily]:
        found: dict[tuple[str, Labels], float] = defaultdict(float)
        for engine in list(self.running):
            for name, labels, value in engine.samples():
                found[name, labels] += value
        return self._families(found)

    def _families(self, found: dict[tuple[str, Labels], float]) -> list[GaugeMetricFamily]:
        families = {
            name: GaugeMetricFamily(name, text, labels=names) for name, (text, names) in GAUGES.items()
        }
        for (name, labels), value in found.items():
            families[name].add_metric(labels, value)
        return [families[name] for name in GAUGES]


_ENGINES = _Engines()
REGISTRY.register(_ENGINES)


def expose(gauges: EngineGauges) -> None:
    """Told of from here on."""
    _ENGINES.running.append(gauges)


def withdraw(gauges: EngineGauges) -> None:
    """No more; nothing where it never was."""
    if gauges in _ENGINES.running:
        _ENGINES.running.remove(gauges)
