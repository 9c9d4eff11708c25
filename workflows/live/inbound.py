"""What a caller has sent and nobody has looked at yet. The server keeps it without a bound, and cannot be told one.

So it is read as it comes, and counted: who lets more wait than is bearable is closed with 4408, and what waits is
forgotten, as is all that he sends after it. Messages wait while the one before them is answered.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

WAITING_MAX: Final = 100
"""Messages; there may be half as many subscriptions."""
WAITING_CHARACTERS_MAX: Final = 256 * 1024
"""Of all that wait, or bytes of those that are no text."""
TOO_MANY_WAIT: Final = 4408

Message = dict[str, Any]


class Inbound:
    """Of one connection; lives on one event loop.

    Args:
        receive: the server's.
        send: the server's.
    """

    def __init__(
        self, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        self._receive = receive
        self._send = send
        self._waiting: asyncio.Queue[Message] = asyncio.Queue()
        self._characters = 0

    async def next(self) -> Message:
        message = await self._waiting.get()
        self._characters -= _size(message)
        return message

    async def read(self) -> None:
        """Until the connection has ended."""
        is_over = False
        while True:
            message = await self._receive()
            if message["type"] == "websocket.disconnect":
                self._forget()
                self._keep(message)
                return
            if is_over:
                continue
            self._keep(message)
            is_over = self._waiting.qsize() > WAITING_MAX or self._characters > WAITING_CHARACTERS_MAX
            if is_over:
                self._forget()
                await self._send({"type": "websocket.close", "code": TOO_MANY_WAIT})

    def _keep(self, message: Message) -> None:
        self._characters += _size(message)
        self._waiting.put_nowait(message)

    def _forget(self) -> None:
        while not self._waiting.empty():
            self._characters -= _size(self._waiting.get_nowait())


def _size(message: Message) -> int:
    return len(message.get("text") or message.get("bytes") or "")
