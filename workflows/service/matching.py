"""Matching: brings waiting tasks to workers that have room for them.

Workers subscribe to a queue and grant credits: how many tasks they would take now. For each queue with subscribers a
pump takes hints from the dispatcher, at most as many as there are credits, claims them for the workers in turn, and
hands them over. A hint whose task is gone costs nothing but the look.

```
 dispatcher ──take──► pump ──claim (database)──► subscription.deliver
                       ▲ credits                         │
                       └──────────── grant ◄─────────────┘ a slot is free again
```

A subscription knows what was handed to it, so that when its stream breaks the work can be given to another.

Credits are seats, too (`store.seating`): a committing thread reserves them for tasks that are born claimed, and the
loop hands those over after the commit. A queue that is *behind* has hints in the dispatcher for which nobody had room:
then all go there, so that no task overtakes for long those that wait; but for those of runs that a worker keeps in
memory, which go on there if it has room.
"""

import asyncio
import threading
from collections.abc import Callable, Iterable, Sequence

from dispatch.base import Dispatcher
from workflows.core.keys import QueueKey
from workflows.points import Point, reach
from workflows.service.pace import Pace
from workflows.service.pump import Pump, give_back
from workflows.service.resting import Resting
from workflows.service.subscription import Subscription
from workflows.store.claimer import Claimer, Handout
from workflows.store.seating import Seat, Seated


class Matching:
    """All queues that workers of this engine serve. Lives on one event loop, but for `reserve` and `free`."""

    def __init__(
        self, dispatcher: Dispatcher, claimer: Claimer, on_handout: Callable[[Sequence[Handout]], None]
    ) -> None:
        self._dispatcher = dispatcher
        self._claimer = claimer
        self._on_handout = on_handout
        self._pumps: dict[QueueKey, Pump] = {}
        self._credits = threading.Lock()
        self._pace = Pace()
        self._draining = False
        self.resting = Resting()
        """Runs that workers of this engine keep in memory."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._background: set[asyncio.Future[None]] = set()
        self.engine = claimer.engine

    @property
    def is_draining(self) -> bool:
        return self._draining

    @property
    def subscriptions(self) -> list[Subscription]:
        with self._credits:
            return [each for pump in self._pumps.values() for each in pump.subscriptions]

    def of(self, queue: QueueKey) -> list[Subscription]:
        """The workers of one queue."""
        pump = self._pumps.get(queue)
        with self._credits:
            return [] if pump is None else list(pump.subscriptions)

    def subscribe(self, subscription: Subscription) -> None:
        self._loop = asyncio.get_running_loop()
        pump = self._pumps.get(subscription.queue)
        if pump is None:
            pump = Pump(
                subscription.queue,
                self._dispatcher,
                self._claimer,
                self._credits,
                self._pace,
                self._on_handout,
                self._ended,
            )
            self._pumps[subscription.queue] = pump
            if not self._draining:
                pump.start()
        with self._credits:
            pump.subscriptions.append(subscription)

    def unsubscribe(self, subscription: Subscription) -> None:
        """The worker is gone, or wants no more. What it holds stays in `subscription.held`."""
        pump = self._pumps.get(subscription.queue)
        if pump is None or subscription not in pump.subscriptions:
            return
        with self._credits:
            pump.subscriptions.remove(subscription)
            subscription.credits = 0
        pump.wake()

    def grant(self, subscription: Subscription, more: int) -> None:
        """The worker would take that many more tasks."""
        with self._credits:
            subscription.credits += more
        pump = self._pumps.get(subscription.queue)
        if pump is not None and not self._draining:
            pump.wake()

    def hold(self, subscription: Subscription, is_held: bool) -> None:
        """The worker does not read what it was handed, or does so again."""
        if subscription.is_held != is_held:
            subscription.is_held = is_held
            self.grant(subscription, 0)

    # Called on committing threads.

    def reserve(self, queue: QueueKey, count: int) -> Sequence[Seat]:
        """Seats for tasks that are being committed; none while hints wait that came before."""
        pump = self._pumps.get(queue)
        if pump is None or self._draining:
            return []
        with self._credits:
            return pump.reserve(count)

    def reserve_resting(self, queue: QueueKey, runs: Sequence[tuple[str, int]]) -> Sequence[Seat | None]:
        """Seats at the workers that keep the runs. Such tasks overtake those that wait: what was begun goes on."""
        sessions = self.resting.sessions_of(runs)
        pump = self._pumps.get(queue)
        if pump is None or self._draining or not any(sessions):
            return [None] * len(runs)
        with self._credits:
            return pump.reserve_at(sessions)

    def free(self, seats: Iterable[Seat]) -> None:
        """The tasks were not committed."""
        queues: set[QueueKey] = set()
        with self._credits:
            for seat in seats:
                assert isinstance(seat, Subscription)
                seat.credits += 1
                queues.add(seat.queue)
        assert self._loop is not None, "a seat is a subscription's"
        self._loop.call_soon_threadsafe(self._wake, queues)

    # On the loop again.

    def hand_over(self, seated: Sequence[Seated]) -> None:
        """Tasks that were born claimed, after their commit."""
        if not seated:
            return
        reach(Point.HANDING_OVER)
        by_worker: dict[int, tuple[Subscription, list[Handout]]] = {}
        for each in seated:
            assert isinstance(each.seat, Subscription)
            by_worker.setdefault(id(each.seat), (each.seat, []))[1].append(each.handout)
        for subscription, handouts in by_worker.values():
            pump = self._pumps.get(subscription.queue)
            if pump is None or not pump.deliver(subscription, handouts):
                giving = asyncio.ensure_future(give_back(self._dispatcher, self._claimer, handouts))
                self._background.add(giving)
                giving.add_done_callback(self._background.discard)
        reach(Point.HANDED_OVER)

    def _wake(self, queues: Iterable[QueueKey]) -> None:
        for queue in queues:
            if queue in self._pumps:
                self._pumps[queue].wake()

    async def drain(self) -> None:
        """Hand out nothing more; returns when no claim is under way."""
        self._draining = True
        pumps = list(self._pumps.values())
        for pump in pumps:
            pump.stop()
        for pump in pumps:
            await pump.stopped()

    async def close(self) -> None:
        """After the last commit: what found its worker gone is handed back."""
        await asyncio.sleep(0)  # what that commit hands over is on its way
        if self._background:
            await asyncio.wait(self._background)

    def _ended(self, pump: Pump) -> None:
        """Nobody serves its queue any more. While the engine drains its workers stay listed."""
        if not pump.subscriptions:
            del self._pumps[pump.queue]
