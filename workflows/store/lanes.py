"""The queues in front of a committing thread: four lanes, so that one kind of input cannot starve another.

* `COMPLETIONS` come from workers. They are bounded by the credits of the workers, and are never refused.
* `REQUESTS` come from clients: starts, signals, cancels. Past `REQUESTS_MAX` they are refused, and the client waits.
* `LOOPS` come from the engine's own timers and sweeps, which find again what is dropped past `LOOPS_MAX`.
* `LATE` are timers that were overdue already when they were found: after an outage there may be very many.

A batch takes from the lanes in turn, so that each has its share while it has anything (completions have half of the
turns, and beside requests alone three of four; loops up to nine of ten places); and within a lane from the queues in
turn (task queues, kinds of loops), so that a flooded one keeps no other waiting. What waits of one queue keeps its
order.

Being served in turn is not enough for who has little to do: their inputs wait, too, for all that shares a transaction
with them, three times in the life of a small workflow. So transactions are shorter while several queues commit; and
while anybody commits, late timers take few places, and wait for a moment before they take a transaction of their own.
"""

import enum
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from workflows.core.inputs import ActivitySucceeded, Input, TurnCompleted
from workflows.core.transition import Reply
from workflows.store.fair import FairQueue

REQUESTS_MAX = 20_000
"""Waiting client inputs: some seconds of work. More would only wait longer than their callers do."""
REQUESTS_BYTES_MAX = 256 * 1024 * 1024
"""Payload bytes of waiting client inputs: what the engine's memory can bear, where each is large."""
LOOPS_MAX = 20_000
"""Waiting inputs of the engine's own. More are dropped: timers are fired again, the rest is found by a sweep."""
BATCH_MAX = 100
"""Inputs of a transaction. What a commit costs by itself is a twentieth of its cost by then; more would only make it
longer for what shares it, and for what comes next."""
LOOPS_BATCH_MAX = 180
"""Of these, by timers and other loops of the engine."""
LOOPS_SHARE = 0.9
"""So much of a transaction is theirs if they have as much: what falls due now is late by each transaction that it waits
for, and the turns that follow from it can wait. One in ten places is left for these."""
FLOOD_BATCH_MAX = 200
"""Inputs of a transaction while so many timers fall due at once that they fill two."""
LATE_BATCH_MAX = 25
"""Of these, by late timers: whoever comes meanwhile shall not wait long."""
SHARE_MAX = 16
"""As many for each queue that commits, where there are several: a flood shall not fill what it shares."""
LATE_SHARE_MAX = 8
"""As many by late timers while anybody commits."""
GIVE_WAY_SECONDS = 0.005
"""So long late timers wait for other inputs then: half of their transactions' time, more or less."""
LONE_BYTES_MAX = 64 * 1024
"""Payload bytes of an input that may be taken through alone: a socket takes as much at once, and it is soon done."""
LONE_MIN = 3
"""Inputs, one after the other, that found nothing under way: from the next one on nobody is thought to share a
transaction with it."""
EXPECTED_FOR = 20
"""Transactions after its last input in which a queue is still expected to have more."""
BATCH_BYTES_MAX = 8 * 1024 * 1024
"""Payload bytes of a transaction."""
COMMAND_BYTES = 2 * 1024
"""What a turn's command counts for besides: an event, rows and a task are made of it, however little it says."""


class Lane(enum.IntEnum):
    COMPLETIONS = 0
    REQUESTS = 1
    LOOPS = 2
    LATE = 3


_TURNS = (Lane.COMPLETIONS, Lane.REQUESTS, Lane.COMPLETIONS, Lane.LOOPS, Lane.COMPLETIONS, Lane.LATE)
"""Whose turn it is, one after the other. What was begun goes on before more is begun: a workflow of one step is a start
and two completions, and with as many starts as completions its tasks would outnumber the workers' slots, and need
claims. Who has nothing leaves the turn to the next."""
_OWN = (Lane.LOOPS, Lane.LATE)
"""Of the engine itself."""


@dataclass(frozen=True, slots=True)
class Drain:
    """Not an input, but a hint: the run's inbox has some."""

    run_id: str


class Overloaded(Exception):
    """There are as many of these as may be. Nothing was taken; ask again later."""


Answer = Callable[[Reply | BaseException], None]
"""Receives the reply after the commit, or why there is none. Called on the committing thread."""


@dataclass(slots=True, eq=False)
class Submission:
    """An input on its way, and where its answer goes. `size` is that of its payloads, in bytes; `queue` names what it
    waits in turn with; `tries` counts the slow lane's in vain."""

    given: Input | Drain
    answer: Answer
    lane: Lane
    size: int = 0
    queue: str = ""
    tries: int = 0


class Lanes:
    """Thread-safe: any thread submits, one takes."""

    def __init__(self) -> None:
        self._lanes: tuple[FairQueue[Submission], ...] = tuple(FairQueue() for _ in Lane)
        self._request_bytes = 0
        self._turn = 0
        self._batches = 0
        """Batches so far."""
        self._expected: dict[str, int] = {}
        """Task queues that commit: the last batch in which each is expected, the next to be forgotten first."""
        self._filled = threading.Condition()
        self._closed = False
        self._taken = True
        """Whoever takes has not come back for more."""
        self._borrowed = False
        self._overdue = False
        """Whoever takes has waited long enough, and for those who have borrowed only."""
        self._called = False
        self._lone = 0
        """Batches of one, since there was a larger one."""

    def __len__(self) -> int:
        return sum(map(len, self._lanes))

    @property
    def waiting(self) -> dict[Lane, int]:
        """Inputs that wait, by lane; a moment's view, without the lock."""
        return {lane: len(queued) for lane, queued in zip(Lane, self._lanes, strict=True)}

    @property
    def is_closed(self) -> bool:
        return self._closed

    def put(self, submissions: list[Submission]) -> bool:
        """Queue inputs; those for which there is no room are answered with `Overloaded`. False if the lanes are closed:
        nothing was queued, nor answered."""
        shed: list[tuple[Submission, Overloaded]] = []
        with self._filled:
            if self._closed:
                return False
            for each in submissions:
                refusal = None if each.lane is Lane.COMPLETIONS else self._refusal(each)
                if refusal is None:
                    self._append(each)
                else:
                    shed.append((each, refusal))
            self._filled.notify()
        for each, refusal in shed:
            each.answer(refusal)
        return True

    def put_back(self, submissions: list[Submission]) -> None:
        """What was taken before, in front of the rest. Never refused."""
        with self._filled:
            for lane, queued in zip(Lane, self._lanes, strict=True):
                queued.put_back((each.queue, each) for each in submissions if each.lane is lane)
            self._request_bytes += sum(each.size for each in submissions if each.lane is Lane.REQUESTS)
            self._filled.notify()

    def put_last(self, submissions: list[Submission]) -> None:
        """What was taken before, behind the rest: it must not hold up what can be done now. Never refused."""
        with self._filled:
            for each in submissions:
                self._append(each)
            self._filled.notify()

    def take(self, limit: int = BATCH_MAX, timeout: float | None = None) -> list[Submission]:
        """The next batch: all that waits, up to the bounds. Blocks until there is something.

        Empty once closed, after `timeout` seconds, or when called for (`give_back`).
        """
        with self._filled:
            self._taken = self._overdue = False
            self._filled.wait_for(self._may_take, timeout)
            self._overdue = self._borrowed
            self._filled.wait_for(lambda: not self._borrowed)  # for moments
            self._taken = True
            if self._called:  # what is called for came before all that waits
                self._called = False
                return []
            if self._expected and self._has_only_late():
                self._filled.wait_for(lambda: self._closed or not self._has_only_late(), GIVE_WAY_SECONDS)
            return self._take(limit)

    def borrow(self, given: Submission) -> bool:
        """For a client's or a worker's input that need not come by here: if nothing waits, and nothing that was taken
        is at work, nothing is taken before `give_back`."""
        with self._filled:
            if self._taken or self._borrowed or self._called or self._closed or len(self):
                return False
            if given.lane in _OWN or given.size > LONE_BYTES_MAX:
                return False
            self._lone += 1
            if self._lone <= LONE_MIN or self._refusal(given):
                return False
            self._borrowed = True
            self._expect({given.queue})
            return True

    def give_back(self, *, call: bool = False) -> None:
        """`call`: whoever takes is to come at once, and nobody is to borrow before."""
        with self._filled:
            self._borrowed = False
            self._called = call
            if self._overdue or self._may_take():  # or it would wake for nothing, when others are to be told
                self._filled.notify()

    def _may_take(self) -> bool:
        return not self._borrowed and bool(self._called or self._closed or len(self))

    def take_requests(self) -> list[Submission]:
        """All client inputs that wait, at once; may be none. For who cannot decide them, and can say so."""
        with self._filled:
            lane = self._lanes[Lane.REQUESTS]
            self._request_bytes = 0
            return [lane.popleft() for _ in range(len(lane))]

    def close(self) -> None:
        """Lets `take` return what is left, and then nothing."""
        with self._filled:
            self._closed = True
            self._filled.notify_all()

    def _refusal(self, given: Submission) -> Overloaded | None:
        waiting = len(self._lanes[given.lane])
        if given.lane is Lane.REQUESTS:
            if waiting >= REQUESTS_MAX:
                return Overloaded(f"{REQUESTS_MAX} requests wait to be committed")
            if waiting and self._request_bytes + given.size > REQUESTS_BYTES_MAX:
                return Overloaded(f"requests of {REQUESTS_BYTES_MAX} bytes wait to be committed")
        if given.lane in _OWN and waiting >= LOOPS_MAX:
            return Overloaded(f"{LOOPS_MAX} inputs of the engine's own wait to be committed")
        return None

    def _append(self, given: Submission) -> None:
        self._lanes[given.lane].append(given.queue, given)
        if given.lane is Lane.REQUESTS:
            self._request_bytes += given.size

    def _take(self, limit: int) -> list[Submission]:
        if len(self._expected) > 1:
            limit = min(limit, SHARE_MAX * len(self._expected))
        elif limit == BATCH_MAX and len(self._lanes[Lane.LOOPS]) >= LOOPS_BATCH_MAX:
            limit = FLOOD_BATCH_MAX
        left = {Lane.LOOPS: LOOPS_BATCH_MAX, Lane.LATE: LATE_SHARE_MAX if self._expected else LATE_BATCH_MAX}
        others = limit - min(len(self._lanes[Lane.LOOPS]), LOOPS_BATCH_MAX, int(LOOPS_SHARE * limit))
        batch: list[Submission] = []
        size = 0
        while len(batch) < limit and size < BATCH_BYTES_MAX:
            lane = self._next_lane(left) if others else Lane.LOOPS
            if lane is None:
                break
            others -= lane is not Lane.LOOPS
            taken = self._lanes[lane].popleft()
            batch.append(taken)
            size += taken.size + COMMAND_BYTES * _commands(taken.given)
            if lane in left:
                left[lane] -= 1
            elif lane is Lane.REQUESTS:
                self._request_bytes -= taken.size
        self._expect({each.queue for each in batch if each.lane not in left})
        if len(batch) > 1:
            self._lone = 0
        return batch

    def _expect(self, queues: set[str]) -> None:
        """Those that have just had something in a batch will have more; who had nothing for long is forgotten."""
        self._batches += 1
        for queue in queues:
            self._expected.pop(queue, None)  # to come last
            self._expected[queue] = self._batches + EXPECTED_FOR
        while self._expected:
            oldest = next(iter(self._expected))
            if self._expected[oldest] > self._batches:
                break
            del self._expected[oldest]

    def _has_only_late(self) -> bool:
        return len(self) == len(self._lanes[Lane.LATE])

    def _next_lane(self, left: Mapping[Lane, int]) -> Lane | None:
        """The one whose turn it is, kept from batch to batch: small batches are fair, too."""
        for _ in _TURNS:
            lane = _TURNS[self._turn]
            self._turn = (self._turn + 1) % len(_TURNS)
            if self._lanes[lane] and left.get(lane, 1):
                return lane
        return None


def _commands(given: Input | Drain) -> int:
    turn = given.turn if isinstance(given, ActivitySucceeded) else given
    return len(turn.commands) if isinstance(turn, TurnCompleted) else 0
