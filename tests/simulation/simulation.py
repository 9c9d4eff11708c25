"""One run: made by its seed, judged by the court, told by its trace."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.laws.laws import LawBroken
from tests.simulation import product
from tests.simulation.activities import Hands
from tests.simulation.client import Clients
from tests.simulation.court import Court
from tests.simulation.database import Database
from tests.simulation.engine import EngineProcess, SimDispatcher
from tests.simulation.faults import Faults
from tests.simulation.network import Network
from tests.simulation.scheduler import SECOND, Process, Scheduler
from tests.simulation.script import Scripts
from tests.simulation.worker import WorkerProcess

FAULTS_SECONDS_MAX = 6.0
END_SECONDS = 180.0
"""After the faults have stopped, everything is over by then; parked tasks take longest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came of a run."""

    seed: int
    fingerprint: str
    steps: int
    seconds: float
    commits: int
    idle_commits: int
    events: int
    eager_turns: int
    guesses: int
    alone: int
    """Batches decided on kept states."""
    faults: int


class Failure(Exception):
    """A run that broke a law, with its trace."""

    def __init__(self, seed: int, error: BaseException, trace: list[str]) -> None:
        super().__init__(f"seed {seed}: {error}")
        self.seed = seed
        self.error = error
        self.trace = trace

    @property
    def law(self) -> str:
        return self.error.law if isinstance(self.error, LawBroken) else type(self.error).__name__


class Simulation:
    """A cluster, its clients, and what goes wrong."""

    def __init__(self, seed: int) -> None:
        self.scheduler = Scheduler(seed)
        rng = self.scheduler.rng
        random.seed(rng.getrandbits(64))
        Hands.begin(rng)
        product.begin(self.scheduler)
        self.database = Database(self.scheduler)
        self.court = Court(self.database)
        self.network = Network(self.scheduler)
        self.dispatcher = SimDispatcher(self.scheduler)
        self.scripts = Scripts()
        self.engines: list[EngineProcess] = []
        self.workers: list[WorkerProcess] = []
        self.processes: list[Process] = []
        self._names = 0
        for _ in range(rng.choice((1, 1, 2))):
            self.add_engine()
        for _ in range(rng.choice((1, 1, 2))):
            self.add_worker()
        self.engines[0].engine.leads.grant()
        self.clients = Clients(
            self.scheduler, self.network, self.database, self.court, rng.choice((1, 1, 1, 1, 1, 1, 2, 2))
        )
        self.clients.hints = self._hints
        self.processes.append(self.clients)
        self.faults = Faults(self)

    def add_engine(self) -> None:
        self._names += 1
        engine = EngineProcess(
            f"engine-{self._names}", self.scheduler, self.database, self.network, self.dispatcher
        )
        engine.engine.court = self.court
        self.engines.append(engine)
        self.processes.append(engine)

    def add_worker(self) -> None:
        self._names += 1
        worker = WorkerProcess(f"worker-{self._names}", self.scheduler, self.network, self.scripts)
        self.workers.append(worker)
        self.processes.append(worker)

    def replace_engine(self, engine: EngineProcess, seconds: float) -> None:
        """It is gone, or about to go; another takes its place."""
        self.engines.remove(engine)
        led = engine.engine.is_leader

        def add() -> None:
            self.add_engine()
            if (led and self.scheduler.chance(0.8)) or self.faults.are_over:
                self.engines[-1].engine.leads.grant()

        self.scheduler.after(seconds, add)

    def replace_worker(self, worker: WorkerProcess, seconds: float) -> None:
        self.workers.remove(worker)
        self.scheduler.after(seconds, self.add_worker)

    def go(self) -> Report:
        """To the end.

        Raises:
            Failure: a law was broken.
        """
        try:
            self._go()
        except Exception as error:
            raise Failure(self.scheduler.seed, error, self.told()) from error
        finally:
            self._close()
        return self._report()

    def _go(self) -> None:
        scheduler = self.scheduler
        calm_us = int(scheduler.rng.random() * FAULTS_SECONDS_MAX * SECOND)
        scheduler.run(self._can_end, until_us=calm_us)
        self.faults.stop()
        until = scheduler.clock.us + int(END_SECONDS * SECOND)
        if not scheduler.run(self._can_end, until_us=until):
            raise LawBroken("once faults stop, everything finishes", self._open())
        self._healthy()
        self.court.final()
        for story in self.clients.all:
            story.judge()

    def _is_over(self) -> bool:
        """Only a look at flags: asked at each step."""
        self._healthy()
        return self.court.is_over and self.clients.are_done

    def _can_end(self) -> bool:
        is_over = self._is_over() and self.database.holder is None and not self.court.rows_left()
        return is_over and not self.network.unanswered

    def _healthy(self) -> None:
        if self.court.broken is not None:
            raise self.court.broken
        if self.scheduler.failures:
            raise LawBroken("nothing fails unheard", self.scheduler.failures[0])
        if product.ERRORS:
            raise LawBroken("nothing is logged as our own mistake", product.ERRORS[0])

    def _open(self) -> object:
        open_runs = sorted(run[-4:] for run in self.court.unfinished)
        waiting = [
            s.workflow_id for s, t in zip(self.clients.all, self.clients.living, strict=True) if not t.done()
        ]
        return open_runs, waiting, self.court.rows_left(), f"{self.network.unanswered} unanswered"

    def _hints(self) -> Any:
        """Of an engine in the same process as the web, or None: the hint is lost."""
        rng = self.scheduler.rng
        engines = [each for each in self.engines if each.is_alive and each.serves]
        return rng.choice(engines).engine.hints if engines and rng.random() < 0.7 else None

    def told(self) -> list[str]:
        return [f"{us / SECOND:10.6f}  {text}" for us, text in self.scheduler.trace]

    def _report(self) -> Report:
        digest = hashlib.blake2b(digest_size=16)
        for us, text in self.scheduler.trace:
            digest.update(f"{us} {text}\n".encode())
        return Report(
            seed=self.scheduler.seed,
            fingerprint=digest.hexdigest(),
            steps=self.scheduler.steps,
            seconds=self.scheduler.clock.us / SECOND,
            commits=self.court.commits,
            idle_commits=self.court.idle_commits,
            events=sum(len(seen.history) for seen in self.court.runs.values()),
            eager_turns=self.court.eager_turns,
            guesses=self.database.guesses,
            alone=self.database.alone,
            faults=self.faults.count,
        )

    def _close(self) -> None:
        for process in self.processes:
            if isinstance(process, EngineProcess):
                process.bury()
            elif process.is_alive:
                self.scheduler.crash(process)
        self.scheduler.end()
        for process in self.processes:
            loop: Any = getattr(process, "loop", None)
            if loop is not None:
                loop.forget()
        self.scheduler.forget()
        self.database.close()


def run(seed: int) -> Report:
    """One run by its seed."""
    return Simulation(seed).go()


Observer = Callable[[Report], None]
