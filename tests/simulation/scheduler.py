"""The scheduler: decides by its seed who goes on next, and lets time pass.

Whatever can go on (an event loop with something to run, a thread, a message on its way) is an *entity*. One step of one
entity is the grain of the simulation: between two steps anything may crash, freeze, or see time go by.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

DAWN = datetime(2030, 1, 1, tzinfo=UTC)
SECOND = 1_000_000
LOOK_EVERY = 16
"""Steps between two looks whether all is over; a look costs as much as a step."""


class VirtualClock:
    """Both kinds of time, moved by the scheduler alone. `set_back` moves the wall and not the monotonic clock."""

    def __init__(self) -> None:
        self.us = 0
        self.wall_us = 0

    def now(self) -> datetime:
        return DAWN + timedelta(microseconds=self.us + self.wall_us)

    def monotonic(self) -> float:
        return self.us / SECOND


class Entity:
    """Something that can go on. `process` None: nobody's, as a message on its way."""

    __slots__ = ("place", "process")

    def __init__(self, process: Process | None) -> None:
        self.process = process
        self.place = -1

    def step(self) -> None:
        """Go on a little. An entity that cannot go on any more sets itself at rest."""
        raise NotImplementedError


class Process:
    """What dies and freezes as one."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_alive = True
        self.is_frozen = False
        self.held_up: list[Entity] = []
        """Entities that would go on if the process were not frozen."""


class Stuck(AssertionError):
    """Nothing can ever happen any more."""


class Timer:
    """Something that is to happen at a moment, unless it is cancelled."""

    __slots__ = ("call",)

    def __init__(self, call: Callable[[], None]) -> None:
        self.call: Callable[[], None] | None = call

    def cancel(self) -> None:
        self.call = None


class Scheduler:
    """See the module."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.rng = Random(seed)
        self.clock = VirtualClock()
        self.steps = 0
        self.trace: list[tuple[int, str]] = []
        self.current: Process | None = None
        self.before_job: Callable[[Callable[..., Any]], None] = lambda _: None
        """Called on each thread of an executor ahead of its work: the database's lock is waited for."""
        self.failures: list[dict[str, Any]] = []
        """Of the event loops: what nobody has caught."""
        self._ready: list[Entity] = []
        self._timers: list[tuple[int, int, Timer]] = []
        self._serial = 0
        self._endings: list[Callable[[], None]] = []

    def at_the_end(self, call: Callable[[], None]) -> None:
        """Calls when the run is over."""
        self._endings.append(call)

    def end(self) -> None:
        for call in self._endings:
            call()

    def forget(self) -> None:
        """Lets go of all that would still happen."""
        for _, _, timer in self._timers:
            timer.cancel()
        self._timers.clear()
        self._endings.clear()
        self._ready.clear()

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def note(self, text: str) -> None:
        """A line of the trace."""
        self.trace.append((self.clock.us, text))

    def wake(self, entity: Entity) -> None:
        """The entity can go on."""
        process = entity.process
        if process is not None:
            if not process.is_alive:
                return
            if process.is_frozen:
                if entity not in process.held_up:
                    process.held_up.append(entity)
                return
        if entity.place < 0:
            entity.place = len(self._ready)
            self._ready.append(entity)

    def rest(self, entity: Entity) -> None:
        """It cannot, for now."""
        place = entity.place
        if place >= 0:
            last = self._ready.pop()
            if last is not entity:
                self._ready[place] = last
                last.place = place
            entity.place = -1

    def crash(self, process: Process) -> None:
        """The process is gone, at this instant and for good."""
        process.is_alive = False
        self._take_out(process)

    def freeze(self, process: Process) -> None:
        process.is_frozen = True
        process.held_up += self._take_out(process)

    def thaw(self, process: Process) -> None:
        process.is_frozen = False
        held_up, process.held_up = process.held_up, []
        for entity in held_up:
            self.wake(entity)

    def at(self, when_us: int, call: Callable[[], None]) -> Timer:
        """Calls when that moment has come."""
        self._serial += 1
        timer = Timer(call)
        heapq.heappush(self._timers, (when_us, self._serial, timer))
        return timer

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        self.at(self.clock.us + int(seconds * SECOND), call)

    def run(self, is_over: Callable[[], bool], *, until_us: int) -> bool:
        """Lets things happen until it is over (true), or that moment has come."""
        clock, ready, timers = self.clock, self._ready, self._timers
        chance, bits = self.rng.random, self.rng.getrandbits
        while True:
            if self.steps % LOOK_EVERY == 0 or not ready:
                if is_over():
                    return True
                if clock.us >= until_us:
                    return False
            self.steps += 1
            clock.us += bits(8)
            while timers and (timers[0][0] <= clock.us or timers[0][2].call is None):
                call = heapq.heappop(timers)[2].call
                if call is not None:
                    call()
            if ready:
                entity = ready[int(chance() * len(ready))]
                self.current = entity.process
                entity.step()
            elif timers:
                clock.us = max(clock.us, timers[0][0])
            else:
                raise Stuck("nothing can ever happen any more")

    def _take_out(self, process: Process) -> list[Entity]:
        mine = [entity for entity in self._ready if entity.process is process]
        for entity in mine:
            self.rest(entity)
        return mine
