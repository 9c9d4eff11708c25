"""One queue of matching: from hints to workers.

A pump takes hints from the dispatcher, at most as many as its workers have granted credits, claims their tasks, and
deals them out to the workers in turn. While its queue is not behind, the credits are also seats for tasks that are born
claimed.
"""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime

from dispatch.base import Dispatcher, Offer
from workflows.core.keys import QueueKey
from workflows.points import Point, reach
from workflows.service.pace import Pace
from workflows.service.subscription import Subscription
from workflows.store.away import OUTAGES
from workflows.store.claimer import Claim, Claimer, Handout

_LOGGER = logging.getLogger(__name__)

TAKE_MAX = 200
"""Tasks of one claim: enough to spread a statement's cost, few enough that none waits long for the others."""
TAKE_SECONDS = 5.0
"""How long a pump waits for a hint before it looks at its subscribers again."""
HANDFUL = 2
"""A queue that is behind waits until one in so many of its workers' slots is free: its tasks have waited
for longer than that, and one claim for several, and all that follows from it together, costs others much less."""
HANDFUL_SECONDS = 0.01
"""But not for longer than this,"""
HANDFUL_SHARE = 0.1
"""nor than this part of the time in which all its workers' slots are filled once: so much of their throughput the wait
may cost them."""
FAILED_SECONDS = 0.5
"""Pause after a claim that the database refused."""


class Pump:
    """See the module.

    Without subscribers it ends after the `take` under way, whose hints it offers again. To cancel that would be sooner,
    but Redis may have sent hints to a connection that is no longer read, and a worker that polls comes back at once.
    """

    def __init__(
        self,
        queue: QueueKey,
        dispatcher: Dispatcher,
        claimer: Claimer,
        lock: threading.Lock,
        pace: Pace,
        on_handout: Callable[[Sequence[Handout]], None],
        on_end: Callable[["Pump"], None],
    ) -> None:
        self.queue = queue
        self.subscriptions: deque[Subscription] = deque()
        """It and its members' credits change under the lock: committing threads reserve seats."""
        self._credits = lock
        self._behind = True
        self._on_end = on_end
        self._dispatcher = dispatcher
        self._claimer = claimer
        self._pace = pace
        self._on_handout = on_handout
        self._woken = asyncio.Event()
        self._stopping = False
        self._is_taking = False
        self._patience = 0.0
        self._round_began = 0.0
        self._round_taken = 0
        self._rested_at = 0.0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=f"pump {self.queue.kind.name} {self.queue.queue}")

    def stop(self) -> None:
        """Takes no more; what is being claimed is still handed over, or handed back."""
        self._stopping = True
        self._woken.set()
        if self._is_taking and self._task is not None:
            self._task.cancel()

    async def stopped(self) -> None:
        if self._task is not None:
            await self._task

    def wake(self) -> None:
        self._woken.set()

    def reserve(self, count: int) -> list[Subscription]:
        """Up to `count` seats, dealt to the workers in turn. The caller has the lock."""
        if self._behind or self._stopping:
            return []
        reserved = self._deal(count)
        # The others go to the dispatcher, and until they are taken so do all.
        self._behind = len(reserved) < count
        return reserved

    def reserve_at(self, sessions: Sequence[str | None]) -> list[Subscription | None]:
        """For each a seat at the worker of that session, if it has room. The caller has the lock."""
        # Of several connections of a session the last one counts: the others may be dead.
        latest = {each.session: each for each in sorted(self.subscriptions, key=_connected_at)}
        reserved: list[Subscription | None] = []
        for session in sessions:
            seat = None if session is None or self._stopping else latest.get(session)
            if seat is not None and (seat.credits <= 0 or seat.is_held):
                seat = None
            if seat is not None:
                seat.credits -= 1
            reserved.append(seat)
        return reserved

    def deliver(self, subscription: Subscription, handed: Sequence[Handout]) -> bool:
        """Hands tasks to their holder. False: it is gone."""
        with self._credits:
            if subscription not in self.subscriptions:
                return False
        for each in handed:
            subscription.held[each.claimed.key] = each.claimed.delivery
        if handed:
            if not self._behind:
                self._pace.served(self.queue, asyncio.get_running_loop().time())
            subscription.deliver(handed)
            self._on_handout(handed)
        return True

    async def _run(self) -> None:
        while self.subscriptions and not self._stopping:
            if self._room() <= 0:
                self._woken.clear()
                await self._woken.wait()
                continue
            try:
                await self._gather()
                await self._give_way()
                room = self._room()
                if room > 0 and not self._stopping:
                    await self._pass_on(min(room, TAKE_MAX))
            except Exception as error:
                if not isinstance(error, OUTAGES):
                    _LOGGER.exception(
                        "tasks of %s were not handed out; their leases decide", self.queue.queue
                    )
                await asyncio.sleep(FAILED_SECONDS)
        self._on_end(self)

    def _room(self) -> int:
        with self._credits:
            return sum(each.credits for each in self.subscriptions if not each.is_held)

    async def _gather(self) -> None:
        """See `HANDFUL`."""
        if not self._has_less_than_a_handful():
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience):
                while self._has_less_than_a_handful() and not self._stopping:
                    self._woken.clear()
                    await self._woken.wait()

    async def _give_way(self) -> None:
        """See `pace`."""
        loop = asyncio.get_running_loop()
        if self._behind:
            await asyncio.sleep(self._pace.rest_of(self.queue, since=self._rested_at, now=loop.time()))
        self._rested_at = loop.time()

    def _has_less_than_a_handful(self) -> bool:
        return self._behind and self._room() * HANDFUL < min(self._slots(), TAKE_MAX)

    def _slots(self) -> int:
        return sum(each.slots for each in self.subscriptions)

    def _keep_pace(self, taken: int) -> None:
        """See `HANDFUL_SHARE`."""
        self._round_taken += taken
        if self._round_taken < self._slots():
            return
        now = asyncio.get_running_loop().time()
        self._patience = min(HANDFUL_SECONDS, HANDFUL_SHARE * (now - self._round_began))
        self._round_began, self._round_taken = now, 0

    async def _pass_on(self, limit: int) -> None:
        offers = await self._take(limit)
        self._keep_pace(len(offers))
        self._behind = len(offers) >= limit
        if offers:
            await self._hand_over(offers)

    async def _take(self, limit: int) -> list[Offer]:
        # Behind, it looks first whether it still is: what nobody waits for need not hold up seats.
        timeout = 0.0 if self._behind else TAKE_SECONDS
        self._is_taking = True
        try:
            return await self._dispatcher.take(self.queue, limit=limit, timeout=timeout)
        except asyncio.CancelledError:
            if not self._stopping or self._task is None:
                raise
            self._task.uncancel()  # it was `stop`
            return []
        finally:
            self._is_taking = False

    async def _hand_over(self, offers: Sequence[Offer]) -> None:
        reach(Point.TAKEN)
        shares, surplus = self._share(offers)
        wanted = [
            Claim(owner=each.identity, session=each.session, keys=[offer.ref.key for offer in share])
            for each, share in shares
        ]
        try:
            handouts = await self._claimer.claim(self.queue, wanted) if wanted else []
        except Exception as error:
            if not isinstance(error, OUTAGES):  # of which the claimer tells
                _LOGGER.exception("claim of %d tasks of %s failed", len(offers), self.queue.queue)
            handouts = [[] for _ in shares]
            surplus = list(offers)
            await asyncio.sleep(FAILED_SECONDS)
        reach(Point.CLAIMED)
        for (subscription, share), handed in zip(shares, handouts, strict=True):
            with self._credits:
                subscription.credits += len(share) - len(handed)
            if not self.deliver(subscription, handed):  # it went away while its tasks were being claimed
                await give_back(self._dispatcher, self._claimer, handed)
        reach(Point.DELIVERED)
        # The claim is committed, so nobody need wait for this.
        await self._dispatcher.ack(self.queue, offers)
        reach(Point.HINTS_ACKED)
        if surplus:
            self._behind = True
            await self._dispatcher.offer([offer.ref for offer in surplus])

    def _share(self, offers: Sequence[Offer]) -> tuple[list[tuple[Subscription, list[Offer]]], list[Offer]]:
        """Deal the hints out, one to each worker with credit in turn; what nobody has room for is left over."""
        shares: dict[int, tuple[Subscription, list[Offer]]] = {}
        with self._credits:
            dealt = self._deal(len(offers))
        for subscription, offer in zip(dealt, offers, strict=False):
            shares.setdefault(id(subscription), (subscription, []))[1].append(offer)
        return list(shares.values()), list(offers[len(dealt) :])

    def _deal(self, count: int) -> list[Subscription]:
        """Spends up to `count` credits, one of each worker in turn. The caller has the lock."""
        dealt: list[Subscription] = []
        while len(dealt) < count:
            ready = [each for each in self.subscriptions if each.credits > 0 and not each.is_held]
            if not ready:
                break
            self.subscriptions.rotate(-1)
            for each in ready[: count - len(dealt)]:
                each.credits -= 1
                dealt.append(each)
        return dealt


def _connected_at(subscription: Subscription) -> datetime:
    return subscription.connected_at


async def give_back(dispatcher: Dispatcher, claimer: Claimer, handed: Sequence[Handout]) -> None:
    """A failure must not cost the workers that come after this one their tasks, and the credits spent on them."""
    if not handed:
        return
    held = [(each.claimed.key, each.claimed.delivery) for each in handed]
    try:
        await dispatcher.offer(await claimer.release(held))
    except Exception:
        _LOGGER.exception("%d tasks were not handed back; their leases decide", len(held))
