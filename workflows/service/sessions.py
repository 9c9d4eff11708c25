"""Sessions: what becomes of a worker's tasks when its stream breaks.

Workflow tasks go to another worker at once: a turn is short and has no effect before it is committed. Activities wait
for `RECONNECT_SECONDS`, since a worker that lost its connection still runs them, and finds them again by its session.
After a restart of the engine nothing is known of either, and their leases decide. While the engine drains it is the
one that leaves: workers keep their activities, and tell whichever engine they find next.
"""

import asyncio
from collections.abc import Callable

from workflows.core.inputs import LeaseExpired
from workflows.core.keys import QueueKey, TaskKey, TaskKind
from workflows.service.matching import Matching
from workflows.service.subscription import Subscription

RECONNECT_SECONDS = 1.0
"""A reconnect takes some milliseconds; a worker that was killed should be missed soon."""


class Sessions:
    """Subscribes workers and watches them go. Lives on one event loop.

    Args:
        on_lost: receives each task whose worker is lost.
    """

    def __init__(self, matching: Matching, on_lost: Callable[[LeaseExpired], None]) -> None:
        self._matching = matching
        self._on_lost = on_lost
        self._missing: dict[tuple[str, QueueKey], tuple[dict[TaskKey, int], asyncio.TimerHandle]] = {}

    def connect(self, subscription: Subscription) -> None:
        """A worker is there, or there again: then it still has what it had."""
        missing = self._missing.pop((subscription.session, subscription.queue), None)
        if missing is not None:
            held, timer = missing
            timer.cancel()
            subscription.held.update(held)
        self._matching.subscribe(subscription)

    def disconnect(self, subscription: Subscription) -> None:
        """The worker's stream is broken, or closed in good order with nothing in hand."""
        self._matching.unsubscribe(subscription)
        held = dict(subscription.held)
        if not held:
            return
        if subscription.queue.kind is TaskKind.WORKFLOW or not subscription.session:
            self._lose(held)
            return
        if self._matching.is_draining:
            return
        name = (subscription.session, subscription.queue)
        successor = self._connected(name)
        if successor is not None:  # it was back before we noticed that it was gone
            successor.held.update(held)
            return
        if name in self._missing:
            before, timer = self._missing.pop(name)
            timer.cancel()
            held = before | held
        timer = asyncio.get_running_loop().call_later(RECONNECT_SECONDS, self._give_up, name)
        self._missing[name] = (held, timer)

    def _connected(self, name: tuple[str, QueueKey]) -> Subscription | None:
        session, queue = name
        return next((each for each in self._matching.of(queue) if each.session == session), None)

    def _give_up(self, name: tuple[str, QueueKey]) -> None:
        held, _ = self._missing.pop(name)
        if not self._matching.is_draining:
            self._lose(held)

    def _lose(self, held: dict[TaskKey, int]) -> None:
        for key, delivery in held.items():
            self._on_lost(LeaseExpired(key=key, delivery=delivery, lost=True))
