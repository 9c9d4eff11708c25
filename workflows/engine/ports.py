"""The port for those who watch: `/metrics` for Prometheus, three questions about health for probes.

```
/livez     is this process at work?       its event loop turns. No: restart it
/readyz    should callers come here?      it can commit, and is not stopping. No: send them elsewhere, wait
/healthz   how does it fare?              as readyz, in words: database, Redis, leadership, lag
```

An outage of the database leaves an engine alive: a restart would not help, and all engines would restart at once.

Health is open, as on every door; metrics want a key that may read, unless access is open. With the engine's certificate
all are by TLS, as gRPC is.
"""

import asyncio
import json
import logging
import ssl
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import make_wsgi_app

from workflows.store.away import OUTAGES

_LOGGER = logging.getLogger(__name__)
LIVE_SECONDS = 5.0
"""An event loop that does not turn for so long is stuck: nothing of ours holds it up for a tenth of that."""
_OK, _NOT_NOW = "200 OK", "503 Service Unavailable"
_TEXT = ("Content-Type", "text/plain")


class _Quiet(WSGIRequestHandler):
    """A probe a second is not worth a line."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ARG002 - the base's names
        return


class _Server(ThreadingMixIn, WSGIServer):
    """Its port is free again at once after a restart; a slow answer, or a caller who says nothing, holds up nobody."""

    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the base's names
        """Whoever hangs up, or speaks clear text where TLS is spoken, is no trouble of ours."""
        _LOGGER.debug("a call for metrics or health failed", exc_info=True)  # noqa: LOG014 - the base calls it in one


def turns(loop: asyncio.AbstractEventLoop, patience: float = LIVE_SECONDS) -> bool:
    """Whether an event loop does what it is asked to, within the patience of a probe. On another thread."""
    turned = threading.Event()
    try:
        loop.call_soon_threadsafe(turned.set)
    except RuntimeError:  # it is closed
        return False
    return turned.wait(patience)


class MetricsPort:
    """A small HTTP server on a thread of its own, so that it answers while the event loop is busy.

    Args:
        health: what `/healthz` says; `ok` false makes it answer 503.
        lives: what `/livez` says; may wait for the answer, as long as probes do.
        is_ready: what `/readyz` says.
        may_read: whether an `Authorization` header lets its sender see `/metrics`. Raises one of `OUTAGES` where that
            cannot be told now.
        tls: a certificate and its key, where callers are to use TLS, since their keys travel here.
    """

    def __init__(
        self,
        bind: str,
        port: int,
        health: Callable[[], dict[str, Any]],
        lives: Callable[[], bool],
        is_ready: Callable[[], bool],
        may_read: Callable[[str], bool],
        tls: tuple[Path, Path] | None = None,
    ) -> None:
        self._health = health
        self._looks = {"/livez": lives, "/readyz": is_ready}
        self._may_read = may_read
        self._metrics = make_wsgi_app()
        self._server = make_server(bind, port, self._answer, server_class=_Server, handler_class=_Quiet)
        if tls is not None:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(*tls)
            # Shaken hands with in the caller's own thread, at its first byte.
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, name="sched-metrics", daemon=True)

    @property
    def port(self) -> int:
        return self._server.server_port

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self.close()

    def close(self) -> None:
        """Give the port back; for one that was never started."""
        self._server.server_close()

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == "/metrics":
            return self._exposed(environ, start_response)
        if path == "/healthz":
            found = self._health()
            start_response(_OK if found.get("ok") else _NOT_NOW, [("Content-Type", "application/json")])
            return [json.dumps(found).encode()]
        if path in self._looks:
            holds = self._looks[path]()
            start_response(_OK if holds else _NOT_NOW, [_TEXT])
            return [b"yes\n" if holds else b"no\n"]
        start_response("404 Not Found", [_TEXT])
        return [b"/metrics, /healthz, /livez or /readyz\n"]

    def _exposed(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        try:
            may_read = self._may_read(environ.get("HTTP_AUTHORIZATION", ""))
        except OUTAGES:
            start_response(_NOT_NOW, [_TEXT])
            return [b"the database cannot be asked for the key now\n"]
        if not may_read:
            start_response("401 Unauthorized", [_TEXT, ("WWW-Authenticate", "Bearer")])
            return [b"an API key that may read is required: Authorization: Bearer sched_...\n"]
        page: Iterable[bytes] = self._metrics(environ, start_response)
        return page
