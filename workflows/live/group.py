"""All subscribers of one topic that may see the same: each change is made and encoded once, and sent to all.

Who joins, who has missed something, or (after a loss) everybody gets a snapshot; those who want one at the same time
get the same. A snapshot that everybody has already is sent to nobody.
"""

import asyncio
from typing import Any, Final

from workflows.api.problems import OUTAGES, problem_of
from workflows.live.subscription import Subscription
from workflows.live.threads import in_thread
from workflows.live.tick import Tick, text_of
from workflows.live.view import View

REST_SECONDS: Final = 1.0
REST_SHARE: Final = 20
"""Between two snapshots of a topic that nobody has asked for: so long, or so many times what one takes."""

Waiting = dict[Subscription, asyncio.Future[None] | None]
"""For a snapshot; with a future, who joins by it."""


class Group:
    """Lives on one event loop."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.subscribers: set[Subscription] = set()
        self.is_stale = False
        self._loop = asyncio.get_running_loop()
        self._waiting: Waiting = {}
        self._everybody = False
        self._task: asyncio.Task[None] | None = None
        self._rests_until = 0.0
        self._shown = ""

    @property
    def is_empty(self) -> bool:
        return not (self.subscribers or self._waiting)

    async def join(self, subscription: Subscription) -> None:
        """Returns when it has its snapshot. Raises what a query raises; then it has not joined."""
        joined: asyncio.Future[None] = self._loop.create_future()
        self._want(subscription, joined)
        await joined

    def leave(self, subscription: Subscription) -> None:
        self.subscribers.discard(subscription)
        self._waiting.pop(subscription, None)

    def tell(self, tick: Tick, looked: Any) -> int:
        """What a tick means to them; how many were told."""
        body = self.view.change(tick, looked) if self.subscribers else None
        if body is None:
            return 0
        self._shown = ""
        for subscription in self.subscribers:
            subscription.changed(body)
        return len(self.subscribers)

    def catch_up(self) -> None:
        """Snapshots for those who have missed something, and for all after a loss."""
        if self.is_stale and self._loop.time() >= self._rests_until:
            self.is_stale, self._everybody = False, True
            self._serve()
        for subscription in self.subscribers:
            if subscription.may_have_more and subscription not in self._waiting:
                self._want(subscription, None)

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _want(self, subscription: Subscription, joined: asyncio.Future[None] | None) -> None:
        self._waiting[subscription] = joined
        self._serve()

    def _serve(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="snapshots")

    async def _run(self) -> None:
        try:
            while self._waiting or (self._everybody and self.subscribers):
                await self._snapshot()
        finally:
            self._task = None

    async def _snapshot(self) -> None:
        waiting, self._waiting = self._waiting, {}
        everybody, self._everybody = self._everybody or not self.subscribers, False
        self.subscribers.update(waiting)
        targets = list(self.subscribers if everybody else waiting)
        for each in targets:
            each.hold()
        began = self._loop.time()
        try:
            await self.view.ready()
            found = await in_thread(self.view.read)
        except Exception as error:
            self._failed(targets, waiting, error)
        else:
            self._deliver(targets, waiting, self.view.accept(found, everybody=everybody), everybody)
        now = self._loop.time()
        self._rests_until = now + max(REST_SECONDS, REST_SHARE * (now - began))

    def _deliver(self, targets: list[Subscription], waiting: Waiting, body: str, everybody: bool) -> None:
        is_known = everybody and body == self._shown
        for each in targets:
            if each not in self.subscribers:
                continue
            if is_known and not each.missed and each not in waiting:
                each.release()
            else:
                each.snapshot(body)
        if everybody:
            self._shown = body
        for joined in waiting.values():
            if joined is not None and not joined.done():
                joined.set_result(None)

    def _failed(self, targets: list[Subscription], waiting: Waiting, error: Exception) -> None:
        """Who was about to join has not; the others wait for the end of an outage, or hear what ended their topic."""
        for each in targets:
            joined = waiting.get(each)
            if joined is not None:
                self.subscribers.discard(each)
                if not joined.done():
                    joined.set_exception(error)
            elif isinstance(error, OUTAGES):
                each.release()
                self.is_stale = True
            elif each in self.subscribers:
                self.subscribers.discard(each)
                each.end(text_of(problem_of(error).document()))
