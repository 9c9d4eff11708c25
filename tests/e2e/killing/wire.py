"""The way to the database of an engine whose COMMITs succeed and report an error."""

from __future__ import annotations

import socket
import struct
from contextlib import suppress

from tests.store.wire import Wire

COMMITTED = b"C" + struct.pack("!I", 11) + b"COMMIT\0"
"""The server's word that a COMMIT is done."""


class LosingWire(Wire):
    """Loses answers to COMMIT, and the connection with them, as often as it is told to."""

    def __init__(self, host: str, port: int) -> None:
        self.to_lose = 0
        self.lost = 0
        super().__init__(host, port)

    def _answers(self, pair: tuple[socket.socket, socket.socket]) -> None:
        client, server = pair
        with suppress(OSError):
            while data := server.recv(1 << 20):
                if self.lost < self.to_lose and COMMITTED in data:
                    self.lost += 1
                    break
                client.sendall(data)
        self._end(pair)
