"""The feed of one process, from the engine's event loop to the web server's."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from dispatch.feed.base import RENEW_SECONDS
from dispatch.feed.values import GAP, News, decode


class Hub:
    """Who is here. Thread-safe; both sides are called on loops of their own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.senders: tuple[MemorySending, ...] = ()
        self.receivers: tuple[MemoryReceiving, ...] = ()

    def add(
        self, *, sender: "MemorySending | None" = None, receiver: "MemoryReceiving | None" = None
    ) -> None:
        with self._lock:
            self.senders += () if sender is None else (sender,)
            self.receivers += () if receiver is None else (receiver,)

    def remove(self, who: "MemorySending | MemoryReceiving") -> None:
        with self._lock:
            self.senders = tuple(each for each in self.senders if each is not who)
            self.receivers = tuple(each for each in self.receivers if each is not who)


HUB: Final = Hub()


class MemorySending:
    """See `Sending`."""

    size_max = 1024 * 1024
    parts_max = 1

    def __init__(self, hub: Hub = HUB) -> None:
        self._hub = hub
        self._loop = asyncio.get_running_loop()
        self._heard: Callable[[], None] = lambda: None

    def start(self, heard: Callable[[], None]) -> None:
        self._heard = heard
        self._hub.add(sender=self)
        if self._hub.receivers:
            heard()

    def listened(self) -> None:
        """From any thread."""
        _call(self._loop, self._heard)

    async def send(self, texts: Sequence[str]) -> None:
        for receiver in self._hub.receivers:
            receiver.deliver(texts)

    async def rest(self) -> None:
        pass

    async def stop(self) -> None:
        self._hub.remove(self)


class MemoryReceiving:
    """See `Receiving`."""

    def __init__(self, hub: Hub = HUB) -> None:
        self._hub = hub
        self._loop = asyncio.get_running_loop()
        self._take: Callable[[News], None] = lambda _: None
        self._renewing: asyncio.TimerHandle | None = None

    @property
    def is_up(self) -> bool:
        return bool(self._hub.senders)

    def start(self, take: Callable[[News], None]) -> None:
        self._take = take
        self._hub.add(receiver=self)
        take(GAP)
        self._renew()

    def deliver(self, texts: Sequence[str]) -> None:
        """From any thread."""
        for text in texts:
            _call(self._loop, partial(self._take_text, text))

    def _take_text(self, text: str) -> None:
        self._take(decode(text))

    async def stop(self) -> None:
        self._hub.remove(self)
        if self._renewing is not None:
            self._renewing.cancel()

    def _renew(self) -> None:
        for sender in self._hub.senders:
            sender.listened()
        self._renewing = self._loop.call_later(RENEW_SECONDS, self._renew)


def _call(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    """A loop that is closed has nobody any more."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(call)
