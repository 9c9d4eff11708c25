"""A wire between client and server that can be cut, or fall silent: a TCP proxy in threads."""

from __future__ import annotations

import enum
import math
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from psycopg.conninfo import conninfo_to_dict, make_conninfo


class Cut(enum.Enum):
    """What happens to the next message from the client."""

    BEFORE = "it is lost, and the connection with it"
    AFTER = "the server carries it out; its answer is lost, and the connection with it"


class Wire:
    """Accepts on a port of its own and passes everything on."""

    def __init__(self, host: str, port: int) -> None:
        self._to = (host, port)
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._listener = self._listen(0)
        self.port: int = self._listener.getsockname()[1]
        self.cut: Cut | None = None
        self._passing = threading.Event()
        self._passing.set()
        self._left = math.inf

    def hush(self) -> None:
        """Nothing arrives any more, and nobody is told: connections stand, new ones come to nothing."""
        self._passing.clear()

    def hush_after(self, count: int) -> None:
        """Of what the client sends so many bytes more arrive, and no others until `speak`."""
        self._left = count

    def speak(self) -> None:
        """What was held back arrives after all."""
        self._left = math.inf
        self._passing.set()

    def lead_to(self, port: int) -> None:
        """New connections go there; those that stand stay where they are."""
        self._to = (self._to[0], port)

    def down(self) -> None:
        """All connections end, and new ones are refused."""
        self._passing.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for pair in list(self._pairs):
            self._end(pair)

    def up(self) -> None:
        self._listener = self._listen(self.port)

    def _listen(self, port: int) -> socket.socket:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen()
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return listener

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self._to)
            except OSError:  # nobody is there: as it would be without the wire
                client.close()
                continue
            pair = (client, server)
            self._pairs.add(pair)
            threading.Thread(target=self._requests, args=(pair,), daemon=True).start()
            threading.Thread(target=self._answers, args=(pair,), daemon=True).start()

    def _requests(self, pair: tuple[socket.socket, socket.socket]) -> None:
        client, server = pair
        with suppress(OSError):
            while data := client.recv(1 << 20):
                if self.cut is Cut.BEFORE:
                    self.cut = None
                    break
                self._passing.wait()
                server.sendall(self._head(data))
                self._passing.wait()
        self._end(pair)

    def _head(self, data: bytes) -> bytes:
        """See `hush_after`; what is behind it is lost."""
        if self._left >= len(data):
            self._left -= len(data)
            return data
        self.hush()
        return data[: int(self._left)]

    def _answers(self, pair: tuple[socket.socket, socket.socket]) -> None:
        client, server = pair
        with suppress(OSError):
            while data := server.recv(1 << 20):
                if self.cut is Cut.AFTER:
                    self.cut = None
                    break
                self._passing.wait()
                client.sendall(data)
        self._end(pair)

    def _end(self, pair: tuple[socket.socket, socket.socket]) -> None:
        self._pairs.discard(pair)
        for each in pair:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


@contextmanager
def wire_to(dsn: str) -> Iterator[tuple[Wire, str]]:
    """A wire to a Postgres, and the DSN that leads through it."""
    parts: dict[str, Any] = dict(conninfo_to_dict(dsn))
    wire = Wire(parts["host"], int(parts["port"]))
    try:
        yield wire, make_conninfo(dsn, host="127.0.0.1", port=wire.port)
    finally:
        wire.down()
