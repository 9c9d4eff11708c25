"""The web part of the embedded server: Daphne on this process's main thread."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from channels.routing import get_default_application
from daphne.endpoints import build_endpoint_description_strings
from daphne.server import Server

from workflows.live.connection import UNREAD
from workflows.live.messages import MESSAGE_MAX


class _Server(Server):  # type: ignore[misc] # published without types
    """Tells each connection how much of it waits to be taken: it keeps all that is sent, and lets nobody wait."""

    def create_application(self, protocol: Any, scope: Any) -> Any:
        return super().create_application(protocol, {**scope, UNREAD: partial(_unread, protocol)})


def _unread(protocol: Any) -> int:
    """Bytes that the system's buffers have no room for; see `twisted.internet.abstract.FileDescriptor`."""
    transport = getattr(protocol, "transport", None)
    if transport is None:
        return 0
    kept = len(getattr(transport, "dataBuffer", b"")) - getattr(transport, "offset", 0)
    return int(kept + getattr(transport, "_tempDataLen", 0))


class Web:
    """Serves `ASGI_APPLICATION`; `run` returns after `stop`.

    Args:
        on_ready: called once it listens.
    """

    def __init__(self, bind: str, port: int, on_ready: Callable[[], None]) -> None:
        # "localhost" means IPv4 here, as everywhere that a name is not resolved by Twisted.
        host = "127.0.0.1" if bind == "localhost" else bind
        self._stopping = threading.Event()
        self._on_ready = on_ready
        self._server = _Server(
            get_default_application(),
            endpoints=build_endpoint_description_strings(host=host, port=port),
            signal_handlers=False,
            verbosity=0,
            server_name="sched",
            # Before they are held; what is shorter and too long is refused by its own rule.
            websocket_max_message_size=4 * MESSAGE_MAX,
            websocket_max_frame_size=4 * MESSAGE_MAX,
            ready_callable=self._schedule_ready,
        )

    def run(self) -> bool:
        """Serve until `stop`; False if the port could not be had."""
        self._server.run()
        return self._stopping.is_set()

    def stop(self) -> None:
        """Callable from any thread and from signal handlers."""
        from twisted.internet import reactor

        self._stopping.set()
        reactor.callFromThread(self._server.stop)

    def _schedule_ready(self) -> None:
        from twisted.internet import reactor

        reactor.callWhenRunning(self._on_ready)
