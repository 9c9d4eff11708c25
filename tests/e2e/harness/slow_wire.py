"""A wire whose answers come late."""

from __future__ import annotations

import socket
from contextlib import suppress

from tests.e2e.harness.waiting import let_pass
from tests.store.wire import Wire


class SlowWire(Wire):
    """Passes everything on; each answer after `delay` seconds."""

    delay = 0.0

    def _answers(self, pair: tuple[socket.socket, socket.socket]) -> None:
        client, server = pair
        with suppress(OSError):
            while data := server.recv(1 << 20):
                if self.delay:
                    the_answer_is_on_its_way(self.delay)
                client.sendall(data)
        self._end(pair)


def the_answer_is_on_its_way(seconds: float) -> None:
    let_pass(seconds)
