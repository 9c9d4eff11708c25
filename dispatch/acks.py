"""Receipts of hints that are done with, gathered for a moment: one command for many, and nobody waits for it. Where a
command goes to their queue anyhow, it takes them along.

What an engine has gathered when it dies is pending in Redis for good, is taken again, and dropped at its claim.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from itertools import batched

from workflows.core.keys import QueueKey

GATHER_SECONDS = 0.05
"""Far below the age at which a pending hint means anything to anybody."""

Forget = Callable[[QueueKey, Sequence[str]], Awaitable[object]]
"""Sends receipts of one queue. Never raises for an outage."""


class GatheredAcks:
    """Of one dispatcher, on its event loop.

    Args:
        forget: sends them.
        chunk: so many at once.
    """

    def __init__(self, forget: Forget, *, chunk: int) -> None:
        self._forget = forget
        self._chunk = chunk
        self._waiting: dict[QueueKey, list[str]] = {}
        self._sending: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    def add(self, queue: QueueKey, receipts: Sequence[str]) -> None:
        """These go with the next that are sent. After `close` they are dropped."""
        if not receipts or self._closing.is_set():
            return
        self._waiting.setdefault(queue, []).extend(receipts)
        if self._sending is None:
            self._sending = asyncio.create_task(self._send_in_a_moment(), name="acks of hints")

    def pop(self, queue: QueueKey) -> list[str]:
        """Up to a chunk of what waits, for who sends a command to that queue in any case. No longer ours."""
        waiting = self._waiting.pop(queue, [])
        if len(waiting) > self._chunk:
            self._waiting[queue] = waiting[self._chunk :]
        return waiting[: self._chunk]

    async def close(self, seconds: float) -> None:
        """Sends what is there, in so much time. Nothing is under way afterwards: a command that finds its client closed
        opens a connection anew, and nobody closes that."""
        self._closing.set()
        if self._sending is None:
            return
        _, late = await asyncio.wait([self._sending], timeout=seconds)
        for sending in late:
            sending.cancel()
            await asyncio.wait([sending])

    async def send(self) -> None:
        """Sends what is there."""
        waiting, self._waiting = self._waiting, {}
        for queue, receipts in waiting.items():
            for chunk in batched(receipts, self._chunk):
                await self._forget(queue, chunk)

    async def _send_in_a_moment(self) -> None:
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), GATHER_SECONDS)
            while self._waiting:
                await self.send()
        finally:
            self._sending = None
