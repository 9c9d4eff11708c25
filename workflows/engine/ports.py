"""The port for those who watch: `/metrics` for Prometheus, `/healthz` for whoever restarts processes.

Health is open, as on every door; metrics want a key that may read, unless access is open. With the engine's certificate
both are by TLS, as gRPC is.
"""

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


class MetricsPort:
    """A small HTTP server on a thread of its own, so that it answers while the event loop is busy.

    Args:
        health: what `/healthz` says; `ok` false makes it answer 503.
        may_read: whether an `Authorization` header lets its sender see `/metrics`. Raises one of `OUTAGES` where that
            cannot be told now.
        tls: a certificate and its key, where callers are to use TLS, since their keys travel here.
    """

    def __init__(
        self,
        bind: str,
        port: int,
        health: Callable[[], dict[str, Any]],
        may_read: Callable[[str], bool],
        tls: tuple[Path, Path] | None = None,
    ) -> None:
        self._health = health
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
            status = "200 OK" if found.get("ok") else "503 Service Unavailable"
            start_response(status, [("Content-Type", "application/json")])
            return [json.dumps(found).encode()]
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"/metrics or /healthz\n"]

    def _exposed(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        text = ("Content-Type", "text/plain")
        try:
            may_read = self._may_read(environ.get("HTTP_AUTHORIZATION", ""))
        except OUTAGES:
            start_response("503 Service Unavailable", [text])
            return [b"the database cannot be asked for the key now\n"]
        if not may_read:
            start_response("401 Unauthorized", [text, ("WWW-Authenticate", "Bearer")])
            return [b"an API key that may read is required: Authorization: Bearer sched_...\n"]
        page: Iterable[bytes] = self._metrics(environ, start_response)
        return page
