"""The queues in front of a committing thread: three lanes, so that one kind of input cannot starve another.

* `COMPLETIONS` come from workers. They are bounded by the credits of the workers, and are never refused.
* `REQUESTS` come from clients: starts, signals, cancels. Past `REQUESTS_MAX` they are refused, and the client waits.
* `LOOPS` come from the engine's own timers and sweeps, which find again what is dropped here.

A batch takes from the lanes in turn, so that each has its share while it has anything.
"""

import enum
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from workflows.core.inputs import Input
from workflows.core.transition import Reply

REQUESTS_MAX = 20_000
"""Waiting client inputs: some seconds of work. More would only wait longer than their callers do."""
BATCH_MAX = 500
"""Inputs of a transaction: above it, the cost of one more no longer falls, and everybody's latency grows."""
BATCH_BYTES_MAX = 8 * 1024 * 1024
"""Payload bytes of a transaction."""


class Lane(enum.IntEnum):
    COMPLETIONS = 0
    REQUESTS = 1
    LOOPS = 2


@dataclass(frozen=True, slots=True)
class Drain:
    """Not an input, but a hint: the run's inbox has some."""

    run_id: str


class Overloaded(Exception):
    """The lane is full. Nothing was taken; ask again later."""


Answer = Callable[[Reply | BaseException], None]
"""Receives the reply after the commit, or why there is none. Called on the committing thread."""


@dataclass(slots=True, eq=False)
class Submission:
    """An input on its way, and where its answer goes. `size` is that of its payloads, in bytes."""

    given: Input | Drain
    answer: Answer
    lane: Lane
    size: int = 0


class Lanes:
    """Thread-safe: any thread submits, one takes."""

    def __init__(self) -> None:
        self._lanes: tuple[deque[Submission], ...] = tuple(deque() for _ in Lane)
        self._turn = 0
        self._filled = threading.Condition()
        self._closed = False

    def __len__(self) -> int:
        return sum(map(len, self._lanes))

    @property
    def is_closed(self) -> bool:
        return self._closed

    def put(self, submissions: list[Submission]) -> bool:
        """Queue inputs. False if the lanes are closed: nothing will be taken any more.

        Raises:
            Overloaded: client inputs past `REQUESTS_MAX`; none of `submissions` is queued.
        """
        with self._filled:
            if self._closed:
                return False
            requests = sum(each.lane is Lane.REQUESTS for each in submissions)
            if requests and len(self._lanes[Lane.REQUESTS]) + requests > REQUESTS_MAX:
                raise Overloaded(f"{REQUESTS_MAX} requests wait to be committed")
            self._append(submissions)
            return True

    def put_back(self, submissions: list[Submission]) -> None:
        """What was taken before, in front of the rest. Never refused."""
        with self._filled:
            for each in reversed(submissions):
                self._lanes[each.lane].appendleft(each)
            self._filled.notify()

    def put_last(self, submissions: list[Submission]) -> None:
        """What was taken before, behind the rest: it must not hold up what can be done now. Never refused."""
        with self._filled:
            self._append(submissions)

    def take(self, limit: int = BATCH_MAX, timeout: float | None = None) -> list[Submission]:
        """The next batch: all that waits, up to the bounds. Blocks until there is something.

        Empty once closed, or after `timeout` seconds.
        """
        with self._filled:
            self._filled.wait_for(lambda: len(self) or self._closed, timeout)
            return self._take(limit)

    def close(self) -> None:
        """Lets `take` return what is left, and then nothing."""
        with self._filled:
            self._closed = True
            self._filled.notify_all()

    def _append(self, submissions: list[Submission]) -> None:
        for each in submissions:
            self._lanes[each.lane].append(each)
        self._filled.notify()

    def _take(self, limit: int) -> list[Submission]:
        batch: list[Submission] = []
        size = 0
        while len(batch) < limit and size < BATCH_BYTES_MAX:
            lane = self._next_lane()
            if lane is None:
                break
            batch.append(lane.popleft())
            size += batch[-1].size
        return batch

    def _next_lane(self) -> deque[Submission] | None:
        """The one whose turn it is, kept from batch to batch: small batches are fair, too."""
        for _ in self._lanes:
            lane = self._lanes[self._turn]
            self._turn = (self._turn + 1) % len(self._lanes)
            if lane:
                return lane
        return None
