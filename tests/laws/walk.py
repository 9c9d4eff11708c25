"""Random walks: sequences of inputs, legal and not, chosen by what the runs are waiting for.

A walk takes its choices from anything that looks like `random.Random`: a seeded generator for speed, or Hypothesis's
own, which can then shrink a failure. Claims, heartbeats and the passing of time are steps of the world between inputs.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from tests.laws import laws
from tests.laws.moves import next_input
from tests.laws.record import Run
from workflows.core import inputs as i
from workflows.core.rejection import Rejected
from workflows.core.values import Status

DAWN = datetime(2030, 1, 1, tzinfo=UTC)
STEPS = 23
"""Inputs of one walk; about three in four change something."""

Cell = tuple[Status | None, type[Any]]


class Walk:
    """The runs of one workflow id, and the inputs that reached them."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.now = DAWN
        self.runs: list[Run] = []
        self.requests: dict[str, str] = {}
        self.given: list[i.Input] = []
        self.accepted = 0
        self.cells: Counter[Cell] = Counter()

    @property
    def current(self) -> Run | None:
        return self.runs[-1] if self.runs else None

    def go(self, steps: int = STEPS) -> "Walk":
        """Walk to the end; raises `LawBroken`."""
        for _ in range(steps):
            self._operate()
            run, given = next_input(self)
            self.step(run, given)
        for each in self.runs:
            laws.whole(each)
        return self

    def step(self, run: Run | None, given: i.Input) -> None:
        """One input, under all laws."""
        self.given.append(given)
        self.cells[(None if run is None else run.state.status, type(given))] += 1
        done = laws.hear(run, given, self.now, self.requests)
        if isinstance(done, Rejected):
            return
        if done.is_new_run:
            assert done.state is not None
            run = Run(state=done.state)
            self.runs.append(run)
        assert run is not None
        changed = bool(done.events or done.tasks or done.timers)
        run.write(done)
        if done.request is not None:
            self.requests[done.request[0]] = done.request[1]
        if changed:
            self.accepted += 1
            laws.kept(run, done)
            laws.repeated(run, given, self.now, self.requests, done.request)

    def pass_time(self, duration: timedelta) -> None:
        self.now += duration

    def _operate(self) -> None:
        """What happens between inputs: time goes by, workers take tasks and heartbeat."""
        rng = self.rng
        if rng.random() < 0.4:
            self.now += timedelta(seconds=rng.choice((0.001, 0.5, 2, 11)))
        for run in self.runs[-2:]:
            for task in list(run.state.tasks.values()):
                if not task.is_held:
                    if rng.random() < 0.65:
                        run.claim(task, self.now)
                elif rng.random() < 0.1:
                    run.beat(task, self.now)
