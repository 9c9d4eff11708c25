"""The web part of the embedded server: Daphne on this process's main thread."""

import threading
from collections.abc import Callable

from channels.routing import get_default_application
from daphne.endpoints import build_endpoint_description_strings
from daphne.server import Server

from workflows.live.messages import MESSAGE_MAX


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
        self._server = Server(
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
