"""The way to the database of an engine whose COMMITs get lost, or succeed and report an error."""

from __future__ import annotations

import enum
import socket
import struct
import threading
from contextlib import suppress

from tests.store.wire import Wire


class Lost(enum.Enum):
    """What is lost of a COMMIT, and the connection with it. The bytes tell it from other messages."""

    ANSWER = b"C" + struct.pack("!I", 11) + b"COMMIT\0"
    REQUEST = b"\0COMMIT\0"


class LosingWire(Wire):
    """Passes everything on, but for what it is told to lose."""

    def __init__(self, host: str, port: int) -> None:
        self._lock = threading.Lock()
        self._what: Lost | None = None
        self._every = 1
        self._left = 0
        self._seen = 0
        self.lost = 0
        super().__init__(host, port)

    def lose(self, what: Lost, *, every: int, at_most: int) -> None:
        """From now on: of every so many COMMITs one, until it were so many."""
        with self._lock:
            self._what, self._every, self._left = what, every, at_most
            self._seen = self.lost = 0

    def _requests(self, pair: tuple[socket.socket, socket.socket]) -> None:
        self._pass_on(pair, *pair, Lost.REQUEST)

    def _answers(self, pair: tuple[socket.socket, socket.socket]) -> None:
        client, server = pair
        self._pass_on(pair, server, client, Lost.ANSWER)

    def _pass_on(
        self,
        pair: tuple[socket.socket, socket.socket],
        source: socket.socket,
        sink: socket.socket,
        what: Lost,
    ) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 20):
                if what is self._what and what.value in data and self._is_lost():
                    break
                sink.sendall(data)
        self._end(pair)

    def _is_lost(self) -> bool:
        with self._lock:
            self._seen += 1
            lost = self._seen % self._every == 0 and self._left > 0
            if lost:
                self._left -= 1
                self.lost += 1
            return lost
