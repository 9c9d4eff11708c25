"""Scripts from seeds: what may happen next is looked up in the kernel, which plays along.

The inputs are those of the laws' walks (`tests.laws.moves`), legal and not, for three workflow ids at a time, one of
them generated; here they are gathered in batches, given payloads, and sent through the doors.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from random import Random
from uuid import UUID

from dispatch.claims import Held
from tests.differential.books import Book
from tests.differential.jeweller import Jeweller
from tests.differential.kernel import Kernel
from tests.differential.steps import Batch, Beat, Call, Claim, HandBack, Inline, Renew, Step
from tests.laws import moves
from tests.laws.walk import DAWN, Walk
from workflows.codec.inbox import Steering
from workflows.core import inputs as i
from workflows.core.keys import QueueKey, TaskKey, TaskKind, TimerKey, TimerKind
from workflows.core.values import ConflictPolicy

ROUNDS = 11
"""Batches of a script."""
SIZES = (1, 1, 2, 3, 5, 8, 12)
"""Inputs of a batch."""


class Author:
    """Writes one script."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        self.kernel = Kernel()
        self.script: list[Step] = []
        self.now = DAWN
        self._jeweller = Jeweller(self.rng)
        self._ids = seed << 16  # what scripts before have left in indexes is not met again
        generated = self._new_run_id()
        names = [f"order-{seed}", f"invoice-{seed}", generated]
        self._walks = {name: Walk(self.rng) for name in names}
        self._generated = generated

    def write(self) -> list[Step]:
        for _ in range(ROUNDS):
            self.now += timedelta(seconds=self.rng.choice((0, 0, 0.000001, 0.001, 0.5, 2, 11)))
            self._operate()
            if self.rng.random() < 0.3:
                self._play(self._inline())
            self._play(self._batch())
        return self.script

    def _play(self, step: Step) -> None:
        self.kernel.play(step)
        self.script.append(step)

    def _new_run_id(self) -> str:
        """In order of time, as those of the doors."""
        self._ids += 1
        return str(UUID(int=(0x7000 << 64) | (2 << 62) | self._ids))

    # Inputs.

    def _batch(self) -> Batch:
        """Each input is chosen by what the ones before have left; then all of it is undone, to be played as a batch."""
        before = self.kernel.snapshot()
        given = [self._next()]
        self.now = max(walk.now for walk in self._walks.values())
        for _ in range(self.rng.choice(SIZES) - 1):
            self._try(given[-1])
            following = self._next()
            if any(walk.now != self.now for walk in self._walks.values()):
                break  # it would have to come later
            if _can_come(following, before[0], self.kernel.books):
                given.append(following)
        self.kernel.restore(before)
        hints = tuple(run for run in self.kernel.inbox if self.rng.random() < 0.3)
        return Batch(now=self.now, given=tuple(given), hints=hints)

    def _try(self, given: i.Input) -> None:
        for run_id in self.kernel.touched([given]):
            self.kernel.drain(run_id, self.now)
        self.kernel.decide(given, self.now)

    def _next(self) -> i.Input:
        """By a walk; it may have moved its time."""
        name = self.rng.choice(list(self._walks))
        _, given = moves.next_input(self._walk(name))
        given = self._fit(name, self._jeweller.adorn(given))
        self._walks[name].given.append(given)
        return given

    def _walk(self, name: str) -> Walk:
        """A walk that has seen what the kernel has."""
        for walk in self._walks.values():
            walk.now = self.now
        found = self._walks[name]
        found.runs = [book for book in self.kernel.books.values() if book.state.workflow_id == name]
        return found

    def _fit(self, name: str, given: i.Input) -> i.Input:
        """A start has the walk's workflow id, and a run id that nobody had before."""
        if not isinstance(given, i.StartRequested):
            return given
        run_id = self._new_run_id()
        if name == self._generated:
            run_id, self._generated = name, ""  # the door's own choice: nobody else can have it
        signal = given.signal and replace(given.signal, run_id=run_id)
        return replace(given, workflow_id=name, run_id=run_id, signal=signal)

    # Calls of Django code.

    def _inline(self) -> Inline:
        """Often several of one workflow."""
        names = self.rng.choices(list(self._walks), k=self.rng.choice((1, 2, 3)))
        if self.rng.random() < 0.6:
            names = names[:1] * len(names)
        calls = tuple(map(self._call, names))
        return Inline(now=self.now, calls=calls, committed=self.rng.random() < 0.7)

    def _call(self, name: str) -> Call:
        walk = self._walk(name)
        if walk.current is None or self.rng.random() < 0.25:
            started = self._fit(name, self._jeweller.adorn(moves.start(walk)))
            assert isinstance(started, i.StartRequested)
            if self.rng.random() < 0.4:
                started = replace(started, conflict=ConflictPolicy.USE_EXISTING)
            walk.given.append(started)
            return Call(given=started, workflow_id=name)
        return Call(given=self._steering(walk), workflow_id=name)

    def _steering(self, walk: Walk) -> Steering:
        """To the current run, named or not; to an older one; to none."""
        rng = self.rng
        run_id = rng.choice(("", "", walk.runs[-1].state.run_id, rng.choice(walk.runs).state.run_id))
        if rng.random() < 0.05:
            run_id = moves.NOBODY
        request_id = moves.request_id(walk)
        luck = rng.random()
        given: Steering
        if luck < 0.5:
            given = i.SignalSent(run_id=run_id, name=rng.choice(moves.SIGNALS), request_id=request_id)
        elif luck < 0.75:
            given = i.CancelRequested(run_id=run_id, request_id=request_id)
        else:
            given = i.TerminateRequested(run_id=run_id, request_id=request_id)
        adorned = self._jeweller.adorn(given)
        assert isinstance(adorned, Steering)
        return adorned

    # What workers do without an input.

    def _operate(self) -> None:
        self._claim()
        held = self._held()
        if held and self.rng.random() < 0.3:
            self._play(Renew(now=self.now, held=self._some(held, 0.7)))
        activities = [one for one in held if one[0].kind is TaskKind.ACTIVITY]
        if activities and self.rng.random() < 0.8:
            beats = tuple((*one, self._jeweller.details()) for one in self._some(activities, 0.7))
            self._play(Beat(now=self.now, beats=beats))
        if held and self.rng.random() < 0.1:
            visible_in = timedelta(seconds=self.rng.choice((0, 1, 30)))
            problem = self.rng.choice((None, "UNKNOWN_TYPE: no worker has it"))
            some = self._some(held, 0.3)
            self._play(HandBack(now=self.now, held=some, visible_in=visible_in, problem=problem))

    def _claim(self) -> None:
        """Most of what waits is claimed; with it now and then what does not wait."""
        waiting: dict[QueueKey, list[TaskKey]] = {}
        for book in self.kernel.books.values():
            for key, row in book.task_rows.items():
                if row["owner"] is None or self.rng.random() < 0.1:
                    waiting.setdefault(book.queue(key), []).append(key)
        for queue, keys in waiting.items():
            some = tuple(key for key in keys if self.rng.random() < 0.75)
            if some:
                self._play(Claim(now=self.now, queue=queue, keys=some))

    def _held(self) -> list[Held]:
        """What is held; with it now and then a delivery that is over, or was handed back."""
        rows = [row for book in self.kernel.books.values() for row in book.task_rows.items()]
        deliveries = [(key, row["delivery"] - (self.rng.random() < 0.05)) for key, row in rows]
        return [one for one in deliveries if one[1] > 0]

    def _some(self, held: list[Held], share: float) -> tuple[Held, ...]:
        return tuple(one for one in held if self.rng.random() < share) or tuple(held[:1])


def _can_come(given: i.Input, before: Mapping[str, Book], now: Mapping[str, Book]) -> bool:
    """What only a commit makes known does not come in the same batch: a run's id, the timer of a retry."""
    if isinstance(given, i.StartRequested):
        return True
    run_id = i.run_id_of(given)
    if isinstance(given, i.RetryDue) and run_id in before:
        return _is_set(before[run_id], given) or not _is_set(now[run_id], given)
    return run_id in before or run_id not in now


def _is_set(book: Book, given: i.RetryDue) -> bool:
    timer = book.timers.get(TimerKey(given.run_id, TimerKind.RETRY, given.number))
    return timer is not None and timer.stamp == given.attempt
