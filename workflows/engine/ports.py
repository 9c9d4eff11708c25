"""The port for those who watch: `/metrics` for Prometheus, `/healthz` for whoever restarts processes.

Health is open, as on every door; metrics want a key that may read, unless access is open.
"""

import json
import threading
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import make_wsgi_app


class _Quiet(WSGIRequestHandler):
    """A probe a second is not worth a line."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ARG002 - the base's names
        return


class _Server(WSGIServer):
    """So that the port is free again at once after a restart."""

    allow_reuse_address = True


class MetricsPort:
    """A small HTTP server on a thread of its own, so that it answers while the event loop is busy.

    Args:
        health: what `/healthz` says; `ok` false makes it answer 503.
        may_read: whether an `Authorization` header lets its sender see `/metrics`.
    """

    def __init__(
        self,
        bind: str,
        port: int,
        health: Callable[[], dict[str, Any]],
        may_read: Callable[[str], bool],
    ) -> None:
        self._health = health
        self._may_read = may_read
        self._metrics = make_wsgi_app()
        self._server = make_server(bind, port, self._answer, server_class=_Server, handler_class=_Quiet)
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
            if not self._may_read(environ.get("HTTP_AUTHORIZATION", "")):
                start_response(
                    "401 Unauthorized", [("Content-Type", "text/plain"), ("WWW-Authenticate", "Bearer")]
                )
                return [b"an API key that may read is required: Authorization: Bearer sched_...\n"]
            page: Iterable[bytes] = self._metrics(environ, start_response)
            return page
        if path == "/healthz":
            found = self._health()
            status = "200 OK" if found.get("ok") else "503 Service Unavailable"
            start_response(status, [("Content-Type", "application/json")])
            return [json.dumps(found).encode()]
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"/metrics or /healthz\n"]
