"""What is to be sent over one connection, within a bound: a reader that is slow holds up nobody, and no memory.

The server takes whatever it is given and keeps what the reader has not taken; how much that is, it tells. While there
is too much, changes are left out, and the subscription is brought up to date by a snapshot when there is room again.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

UNREAD_MAX: Final = 256 * 1024
"""Characters. A single message may be longer: a snapshot is as long as what it shows."""
FULL_SECONDS: Final = 30.0
"""After which the connection is closed: a page that does not read is not looked at."""


class Outbox:
    """Of one connection, on its event loop.

    Args:
        send: of the server; may wait.
        unread: bytes that the server keeps because they were not taken.
    """

    def __init__(self, send: Callable[[str], Awaitable[None]], unread: Callable[[], int]) -> None:
        self._send = send
        self._unread = unread
        self._texts: deque[str] = deque()
        self._characters = 0
        self._filled = asyncio.Event()
        self._full_since: float | None = None
        self._loop = asyncio.get_running_loop()

    @property
    def is_full(self) -> bool:
        """Whether more would be too much."""
        full = self._characters + self._unread() > UNREAD_MAX
        if not full:
            self._full_since = None
        elif self._full_since is None:
            self._full_since = self._loop.time()
        return full

    @property
    def is_stuck(self) -> bool:
        """Whether it has been full for too long."""
        since = self._full_since
        return self.is_full and since is not None and self._loop.time() - since > FULL_SECONDS

    def put(self, text: str) -> None:
        self._texts.append(text)
        self._characters += len(text)
        self._filled.set()

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            await self._filled.wait()
            self._filled.clear()
            while self._texts:
                text = self._texts[0]
                await self._send(text)
                self._texts.popleft()
                self._characters -= len(text)
