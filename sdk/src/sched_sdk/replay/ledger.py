"""The ledger of a run: what its code has asked for, what has come of it, what it waits for.

Guarantees: commands are kept in the order they were issued, numbered as the engine numbers them; a signal is taken at
most once, and the first wait that wants it takes it; after `shut` no command is issued, whatever clean-up code tries.
Does not run workflow code, and does not know how: the machines do.
"""

import functools
import random
from collections.abc import Callable
from typing import NamedTuple

from sched_sdk.proto.v1 import history_pb2, worker_pb2
from sched_sdk.replay.location import caller_location
from sched_sdk.replay.things import Activity, Thing, Timer, Waiter


class Evicted(BaseException):
    """Unwinds workflow code that is not to go on here. Neither an Exception nor a cancellation: no code handles it."""


REFUSALS_MAX = 100
"""How often code that is unwound may catch that and call again; a bare `except` in a loop would go on for ever."""


class Issued(NamedTuple):
    """A command, and where in workflow code it was issued."""

    command: worker_pb2.Command
    location: str


class Ledger:
    """The state of one run, without its stack."""

    def __init__(self) -> None:
        self.things: list[Thing] = []
        self.waiters: dict[Waiter, None] = {}
        self.signals: list[history_pb2.HistoryEvent] = []
        self.issued: list[Issued] = []
        self.signals_taken: list[int] = []
        self.foretold: frozenset[int] = frozenset()
        self.seed = ""
        self.timeless = False
        """Of an eager turn: its time is that of an event that the engine has not written yet."""
        self.asked_time = False
        """Whether the code of a timeless turn wanted to know. Then the turn is worth nothing."""
        self._now_us = 0
        self.replaying = False
        self.cancel_requested = False
        self.closed = False
        self.ended = False
        """Whether the last command ends the run."""
        self.parked = ""
        self.elsewhere: Callable[[], str] = str
        """Where a command comes from that has no frame of workflow code below it."""
        self.leave: Callable[[], None] | None = None
        """Leaves the running stack for good: the way out of code that catches Evicted again and again."""
        self._done = 0
        self._refusals = 0

    def open_turn(self, *, now_us: int, replaying: bool, foretold: frozenset[int]) -> None:
        """Begins a turn. `foretold`: indexes of things whose outcome is among what the turn is given."""
        self._now_us = now_us
        self.replaying = replaying
        self.foretold = foretold
        self.issued = []
        self.signals_taken = []

    @property
    def now_us(self) -> int:
        """The turn's time: that of the last event it was given."""
        self.asked_time = self.asked_time or self.timeless
        return self._now_us

    @functools.cached_property
    def random(self) -> random.Random:
        """The run's own generator. Made on demand: seeding costs as much as a short turn."""
        return random.Random(self.seed)  # noqa: S311 - not for secrets

    def shut(self) -> None:
        """No command from here on."""
        self.closed = True

    def park(self, reason: str) -> Evicted:
        """The run cannot go on in this worker, for a reason that an operator can mend. Raise what it returns."""
        self.parked = self.parked or reason
        self.shut()
        return Evicted()

    def guard(self) -> None:
        """Raises Evicted where no code of this run may do anything any more."""
        if self.closed:
            self._refusals += 1
            if self._refusals % REFUSALS_MAX == 0 and self.leave is not None:
                self.leave()
            raise Evicted

    # Commands

    def schedule(self, command: worker_pb2.ScheduleActivity, location: str) -> Activity:
        """Issues a ScheduleActivity, numbered here. `location`: of the call that asked for it."""
        self.guard()
        activity = Activity(len(self.things), command.activity_type)
        command.command = activity.index
        self.issued.append(Issued(worker_pb2.Command(schedule_activity=command), location))
        self.things.append(activity)
        return activity

    def start_timer(self, duration_us: int, *, signal_wait: bool = False) -> Timer:
        """Issues a StartTimer."""
        self.guard()
        timer = Timer(len(self.things))
        started = worker_pb2.StartTimer(command=timer.index, duration_us=duration_us, signal_wait=signal_wait)
        self._issue(worker_pb2.Command(start_timer=started))
        self.things.append(timer)
        return timer

    def cancel(self, thing: Thing) -> None:
        """Cancels a thing, unless it is done or asked already. A timer is done by that, an activity when it answers."""
        self.guard()
        if thing.done or thing.cancel_requested:
            return
        thing.cancel_requested = True
        timer = isinstance(thing, Timer)
        if thing.index not in self.foretold:
            self._issue(
                worker_pb2.Command(cancel_timer=worker_pb2.CancelTimer(command=thing.index))
                if timer
                else worker_pb2.Command(cancel_activity=worker_pb2.CancelActivity(command=thing.index))
            )
        if timer:
            self.finish(thing, failed=True)

    def end(self, command: worker_pb2.Command, location: str) -> None:
        """The command that ends the run."""
        self.issued.append(Issued(command, location))
        self.ended = True

    def locate(self) -> str:
        """Where in workflow code we are."""
        return caller_location() or self.elsewhere()

    def _issue(self, command: worker_pb2.Command) -> None:
        self.issued.append(Issued(command, self.locate()))

    # Outcomes

    def finish(self, thing: Thing, *, failed: bool) -> None:
        """A thing is done: waits that this settles go on."""
        thing.done = True
        thing.failed = failed
        self._done += 1
        thing.order = self._done
        for waiter in list(thing.waiters):
            if waiter.arrived(thing):
                self._settle(waiter)
        thing.waiters.clear()

    def receive(self, event: history_pb2.HistoryEvent) -> None:
        """A signal has come: the first wait that wants it takes it, else it is kept."""
        name = event.signal_received.name
        for waiter in self.waiters:
            if waiter.wants(name):
                self._take(waiter, event)
                self._settle(waiter)
                return
        self.signals.append(event)

    # Waits

    def open(self, waiter: Waiter) -> bool:
        """Opens a wait; True: what it waits for is there already."""
        self.guard()
        if waiter.takes_signal and not waiter.settled:
            found = next((s for s in self.signals if waiter.wants(s.signal_received.name)), None)
            if found is not None:
                self.signals.remove(found)
                self._take(waiter, found)
                waiter.settled = True
        if not waiter.settled:
            self.waiters[waiter] = None
            for thing in waiter.things:
                if not thing.done:
                    thing.waiters[waiter] = None
        return waiter.settled

    def has_signal(self, name: str | None) -> bool:
        """Whether a signal of that name, or any for None, is kept."""
        return any(name is None or name == s.signal_received.name for s in self.signals)

    def withdraw(self, waiter: Waiter) -> None:
        """A wait ends without what it waits for, and nothing is cancelled. A signal it took is kept for others."""
        self._forget(waiter)
        signal = waiter.collect()
        if signal is None:
            return
        self.signals_taken.remove(signal.number)
        self.signals.append(signal)
        self.signals.sort(key=lambda kept: kept.number)
        for other in list(self.waiters):
            if other.wants(signal.signal_received.name) and self.open(other):
                self._settle(other)
                return

    def abandon(self, waiter: Waiter) -> None:
        """A wait is cancelled, and with it what it waits for."""
        self.withdraw(waiter)
        for thing in waiter.things:
            self.cancel(thing)

    def _take(self, waiter: Waiter, event: history_pb2.HistoryEvent) -> None:
        waiter.signal = event
        self.signals_taken.append(event.number)

    def _settle(self, waiter: Waiter) -> None:
        waiter.settled = True
        self._forget(waiter)
        if waiter.on_settle is not None:
            waiter.on_settle()

    def _forget(self, waiter: Waiter) -> None:
        self.waiters.pop(waiter, None)
        for thing in waiter.things:
            thing.waiters.pop(waiter, None)

    # What the turn waits for

    def wait(self) -> history_pb2.Wait:
        """All that the run's code waits for now, as the turn names it."""
        pending = {thing.index for w in self.waiters for thing in w.things if not thing.done}
        wait = history_pb2.Wait(commands=sorted(pending))
        if len(self.waiters) == 1:
            wait.all = next(iter(self.waiters)).every
        names = {w.signal_name for w in self.waiters if w.takes_signal}
        if None in names:
            wait.any_signal = True
        elif names:
            wait.signals.extend(sorted(name for name in names if name is not None))
        return wait
