"""Faults: what goes wrong, by the seed, until faults stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.simulation.scheduler import SECOND, Process

if TYPE_CHECKING:
    from tests.simulation.engine import EngineProcess
    from tests.simulation.simulation import Simulation
    from tests.simulation.worker import WorkerProcess

SESSION_ENDS_SECONDS = 3.0
"""A frozen writer's transaction is ended by the server."""


class Faults:
    """Strikes from time to time."""

    def __init__(self, simulation: Simulation) -> None:
        self._sim = simulation
        self._rng = simulation.scheduler.rng
        self.are_over = False
        self.count = 0
        self._menu: list[tuple[float, Callable[[], None]]] = [
            (3.0, self._crash_engine),
            (1.0, self._stop_engine),
            (2.0, self._freeze_engine),
            (3.0, self._crash_worker),
            (1.0, self._stop_worker),
            (2.0, self._freeze_worker),
            (2.0, self._sever),
            (2.0, self._hold),
            (1.0, self._flush),
            (2.0, self._lead),
            (3.0, self._database),
            (2.0, self._lossy),
            (1.0, self._leap),
            (1.0, self._set_clock),
        ]
        self._pace = self._rng.choice((0.1, 0.3, 0.6, 1.5))
        """Seconds between faults, on average."""
        self._next()

    def stop(self) -> None:
        """From now on everything works."""
        self.are_over = True
        sim = self._sim
        sim.scheduler.note("faults stop")
        for process in sim.processes:
            if process.is_frozen:
                sim.scheduler.thaw(process)
        for stream in sim.network.streams:
            stream.up.release()
            stream.down.release()
        sim.network.loss = sim.network.doubled = 0.0
        sim.dispatcher.loss = sim.dispatcher.doubled = 0.0
        sim.database.mishaps.__init__()  # type: ignore[misc]
        self._lead(one=True)

    def _next(self) -> None:
        self._sim.scheduler.after(self._rng.expovariate(1 / self._pace), self._strike)

    def _strike(self) -> None:
        if self.are_over:
            return
        weights, kinds = zip(*self._menu, strict=True)
        self._rng.choices(kinds, weights)[0]()
        self.count += 1
        self._next()

    def _note(self, text: str) -> None:
        self._sim.scheduler.note(f"FAULT {text}")

    def _some_engine(self) -> EngineProcess | None:
        engines = self._sim.engines
        return self._rng.choice(engines) if engines else None

    def _some_worker(self) -> WorkerProcess | None:
        workers = self._sim.workers
        return self._rng.choice(workers) if workers else None

    def _crash_engine(self) -> None:
        engine = self._some_engine()
        if engine is not None:
            self._note(f"{engine.name} crashes")
            engine.crash()
            self._sim.replace_engine(engine, self._rng.choice((0.0, 0.1, 1.0)))

    def _stop_engine(self) -> None:
        engine = self._some_engine()
        if engine is not None and not engine.is_frozen and engine.serves:
            self._note(f"{engine.name} stops")
            engine.stop()
            self._sim.replace_engine(engine, self._rng.choice((0.0, 0.5)))

    def _crash_worker(self) -> None:
        worker = self._some_worker()
        if worker is not None:
            self._note(f"{worker.name} crashes")
            worker.crash()
            self._sim.replace_worker(worker, self._rng.choice((0.0, 0.1, 1.0)))

    def _stop_worker(self) -> None:
        worker = self._some_worker()
        if worker is not None and not worker.is_frozen:
            self._note(f"{worker.name} stops")
            worker.stop()
            self._sim.replace_worker(worker, self._rng.choice((0.0, 0.5)))

    def _freeze_engine(self) -> None:
        engine = self._some_engine()
        if engine is not None and not engine.is_frozen:
            self._freeze(engine, self._rng.choice((0.05, 0.5, 2.0, 5.0)))
            self._sim.scheduler.after(SESSION_ENDS_SECONDS, lambda: self._end_sessions(engine))

    def _freeze_worker(self) -> None:
        worker = self._some_worker()
        if worker is not None and not worker.is_frozen:
            self._freeze(worker, self._rng.choice((0.05, 0.5, 2.0, 5.0)))

    def _freeze(self, process: Process, seconds: float) -> None:
        self._note(f"{process.name} freezes for {seconds} s")
        self._sim.scheduler.freeze(process)
        self._sim.scheduler.after(seconds, lambda: self._sim.scheduler.thaw(process))

    def _end_sessions(self, engine: EngineProcess) -> None:
        for backend in engine.engine.backends:
            if engine.is_frozen and self._sim.database.holder is backend:
                self._note(f"the server ends a session of {engine.name}")
                backend.end_session()

    def _sever(self) -> None:
        if self._sim.network.streams:
            stream = self._rng.choice(self._sim.network.streams)
            self._note("a stream breaks")
            stream.sever()

    def _hold(self) -> None:
        if self._sim.network.streams:
            stream = self._rng.choice(self._sim.network.streams)
            wire = self._rng.choice((stream.up, stream.down))
            self._note("a stream is held up")
            wire.hold()
            self._sim.scheduler.after(self._rng.choice((0.1, 1.0, 4.0)), wire.release)

    def _flush(self) -> None:
        self._note("all hints are lost")
        self._sim.dispatcher.flush()

    def _lead(self, *, one: bool = False) -> None:
        """Another engine leads; or, for a while, none, or all."""
        engines = self._sim.engines
        luck = self._rng.random()
        if one or luck < 0.5:
            chosen = [self._rng.choice(engines)] if engines else []
        else:
            chosen = list(engines) if luck < 0.75 else []
        for engine in engines:
            if engine in chosen:
                engine.engine.leads.grant()
            else:
                engine.engine.leads.revoke()
        self._note(f"leaders: {[engine.name for engine in chosen]}")

    def _database(self) -> None:
        mishaps = self._sim.database.mishaps
        name = self._rng.choice(("away", "lost_commit", "stale", "busy"))
        share = self._rng.choice((0.2, 0.6, 1.0)) if name == "away" else self._rng.choice((0.2, 0.6))
        self._note(f"database: {name} {share}")
        setattr(mishaps, name, share)
        self._later(0.5, lambda: setattr(mishaps, name, 0.0))

    def _lossy(self) -> None:
        sim = self._sim
        thing = self._rng.choice((sim.network, sim.dispatcher))
        name = self._rng.choice(("loss", "doubled"))
        self._note(f"{type(thing).__name__}: {name}")
        setattr(thing, name, 0.4)
        self._later(2.0, lambda: setattr(thing, name, 0.0))

    def _leap(self) -> None:
        seconds = self._rng.choice((0.5, 2.0, 8.0))
        self._note(f"everything stands still for {seconds} s")
        self._sim.scheduler.clock.us += int(seconds * SECOND)

    def _set_clock(self) -> None:
        """The database's clock is set, as NTP does it: back, or ahead."""
        seconds = self._rng.choice((-2.0, -0.2, -0.01, 0.2, 2.0))
        self._note(f"the clock is set by {seconds} s")
        self._sim.scheduler.clock.wall_us += int(seconds * SECOND)

    def _later(self, seconds: float, call: Callable[[], None]) -> None:
        self._sim.scheduler.after(self._rng.random() * seconds, call)
