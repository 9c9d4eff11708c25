"""A page's end of a WebSocket, with little of a processor's time: the pages shall not be what is measured."""

import asyncio
import base64
import os
from typing import Final

TEXT: Final = 1
CLOSE, PING, PONG = 8, 9, 10


class Socket:
    """Opened by `connect`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def send(self, text: str) -> None:
        """A short message."""
        self._frame(TEXT, text.encode())

    async def receive(self) -> bytes:
        """The next message; pings are answered on the way.

        Raises:
            ConnectionError: the server has closed it.
            asyncio.IncompleteReadError: it has ended.
        """
        while True:
            kind, data = await self._next()
            if kind == TEXT:
                return data
            if kind == CLOSE:
                raise ConnectionError(f"closed with {int.from_bytes(data[:2])}")
            if kind == PING:
                self._frame(PONG, data)

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()

    async def _next(self) -> tuple[int, bytes]:
        head = await self._reader.readexactly(2)
        size = head[1] & 0x7F
        if size == 126:
            size = int.from_bytes(await self._reader.readexactly(2))
        elif size == 127:
            size = int.from_bytes(await self._reader.readexactly(8))
        return head[0] & 0x0F, await self._reader.readexactly(size)

    def _frame(self, kind: int, data: bytes) -> None:
        """Under a mask that changes nothing."""
        assert len(data) < 126
        self._writer.write(bytes([0x80 | kind, 0x80 | len(data)]) + bytes(4) + data)


async def connect(host: str, port: int) -> Socket:
    """To `/ws`.

    Raises:
        ConnectionError: the handshake was refused.
    """
    reader, writer = await asyncio.open_connection(host, port, limit=4 * 1024 * 1024)
    key = base64.b64encode(os.urandom(16)).decode()
    asked = f"GET /ws HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    writer.write(f"{asked}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode())
    answer = await reader.readuntil(b"\r\n\r\n")
    if b" 101 " not in answer.split(b"\r\n")[0]:
        raise ConnectionError(answer.decode())
    return Socket(reader, writer)
