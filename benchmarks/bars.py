"""The bars that a release must clear, and the targets beyond them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from benchmarks.figures import ratio

type Medians = Mapping[str, Mapping[str, Mapping[str, float]]]
"""By workload, system and figure."""
OURS = "sched"


def is_ours(system: str) -> bool:
    """Whether it is sched, in whichever mode: the first word of a system is its name, the rest its mode."""
    return system.partition(" ")[0] == OURS


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A figure of ours that must be reached, from above or from below; `peers`: as a ratio to the best of these."""

    workload: str
    figure: str
    at_least: float | None = None
    at_most: float | None = None
    target: float | None = None
    peers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError(f"at_least: {self.at_least}, at_most: {self.at_most}: exactly one must be given")

    @property
    def more_is_better(self) -> bool:
        return self.at_least is not None

    def value(self, medians: Medians) -> float | None:
        """The figure or ratio; None where it, or every peer it is held against, was not measured."""
        systems = medians.get(self.workload, {})
        ours = systems.get(OURS, {}).get(self.figure)
        if ours is None or not self.peers:
            return ours
        theirs = [systems[peer][self.figure] for peer in self.peers if self.figure in systems.get(peer, {})]
        return ratio(ours, theirs, more_is_better=self.more_is_better) if theirs else None

    def is_missed(self, value: float) -> bool:
        too_low = self.at_least is not None and value < self.at_least
        return too_low or (self.at_most is not None and value > self.at_most)

    def is_on_target(self, value: float) -> bool:
        if self.target is None:
            return not self.is_missed(value)
        return value >= self.target if self.more_is_better else value <= self.target

    def __str__(self) -> str:
        sign, number = ("≥", self.at_least) if self.more_is_better else ("≤", self.at_most)
        return f"{sign} {number:g}{' ×' if self.peers else ''}"


DBOS = ("dbos direct", "dbos queued")
BARS = (
    # Of issue 2.
    Bar(workload="bulk", figure="per_second", at_least=800),
    Bar(workload="callers", figure="transitions_per_commit", at_least=8),
    Bar(workload="callers", figure="statements_per_transition", at_most=0.6),
    Bar(workload="idle", figure="engine_mib", at_most=160),
    # Of issue 4.
    Bar(workload="bulk", figure="per_second", at_least=12, target=20, peers=("dbos queued",)),
    Bar(workload="callers", figure="per_second", at_least=4, target=6, peers=DBOS),
    Bar(workload="single", figure="p50_ms", at_most=1.0, target=0.6, peers=DBOS),
    Bar(workload="steps", figure="per_second", at_least=1.5, target=3, peers=DBOS),
    Bar(workload="steps", figure="last_to_first", at_most=1.3, target=1.1),
    Bar(workload="timers", figure="late_p99_ms", at_most=1_000, target=500),
    Bar(workload="lone_timer", figure="late_p99_ms", at_most=30, target=15),
    Bar(workload="closed", figure="kept_percent", at_least=90, target=97),
    Bar(workload="rest", figure="engine_mib", at_most=300, target=200),
    Bar(workload="rest", figure="core_percent", at_most=3, target=1),
    Bar(workload="rest", figure="statements_per_second", at_most=3, target=1),
    Bar(workload="two_engines", figure="to_one", at_least=0.95, target=1.1),
    # Of issue 6.
    Bar(workload="live", figure="late_p95_ms", at_most=500, target=300),
    Bar(workload="live", figure="kept_percent", at_least=90, target=95),
)


def measured(medians: Medians) -> Iterator[tuple[Bar, float]]:
    """The bars that these figures say something about, with what they say."""
    for bar in BARS:
        value = bar.value(medians)
        if value is not None:
            yield bar, value


def missed(medians: Medians) -> list[Bar]:
    """The bars that the measured figures miss; one that was not measured is not missed."""
    return [bar for bar, value in measured(medians) if bar.is_missed(value)]
