"""A batch on its way through a committing thread: what it was made of, what was decided, what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from workflows.core.transition import Transition
from workflows.points import Point, reach
from workflows.store.backend import Loaded
from workflows.store.batch import Batch, Decided
from workflows.store.lanes import Submission
from workflows.store.seating import Seated, Seats, seat_tasks


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """A batch that is durable. `now` is the database's time in it."""

    now: datetime
    transitions: Sequence[Transition]
    seated: Sequence[Seated] = ()
    """Tasks of these transitions that were born claimed: to be handed over now."""
    began: float = 0.0
    """When the batch was taken, and"""
    ended: float = 0.0
    """when it was known to be durable: seconds of a monotonic clock."""


@dataclass(slots=True)
class Work:
    """A batch that was taken, and as much of this as it has come to."""

    batch: list[Submission]
    began: float
    now: datetime | None = None
    decided: Decided = field(default_factory=Decided)
    seated: list[Seated] = field(default_factory=list)

    def decide(self, loaded: Loaded, seats: Seats | None) -> None:
        """By the rules, on what was loaded; new tasks are seated where there is room."""
        reach(Point.LOADED)
        self.now = loaded.now
        self.decided = Batch(loaded).run(self.batch)
        reach(Point.DECIDED)
        if seats is not None:
            self.seated = seat_tasks(self.decided.transitions, seats, loaded.now)
        if self.seated:
            reach(Point.SEATED)

    def committed(self, ended: float) -> Committed:
        """Once it is."""
        assert self.now is not None, "what was committed was decided"
        return Committed(
            now=self.now,
            transitions=self.decided.transitions,
            seated=self.seated,
            began=self.began,
            ended=ended,
        )
