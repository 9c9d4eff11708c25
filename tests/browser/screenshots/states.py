"""What the browser is answered: by a site that has nothing or much to show, or by one that is in trouble."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page, Route, WebSocketRoute

EMPTY, LOADED, ERROR, LOST = "empty", "loaded", "error", "lost"
STATES: Final = (EMPTY, LOADED, ERROR, LOST)

_REFUSAL: Final = {
    "type": "about:blank",
    "title": "Service Unavailable",
    "status": 503,
    "code": "UNAVAILABLE",
    "detail": "The database cannot be reached.",
    "errors": [],
}
# `make up` always has a worker; a site that nobody serves yet is what a first look at sched's own processes shows.
_NOBODY: Final[dict[str, dict[str, Any]]] = {
    "/api/workers": {"workers": []},
    "/api/task-queues": {"taskQueues": []},
}


class Server:
    """The site as one browser context meets it; `fail` makes it go away."""

    def __init__(self, context: BrowserContext, state: str) -> None:
        self._failing = state == ERROR
        self._live: list[WebSocketRoute] = []
        context.route("**/api/**", self._answer_nobody if state == EMPTY else self._answer)
        context.route_web_socket("**/ws", self._connect)

    def fail(self, page: Page) -> None:
        """What was shown is now of the past: REST refuses, the live connection is gone."""
        self._failing = True
        for socket in self._live:
            socket.close(code=1001)

    def _answer(self, route: Route) -> None:
        # Who asks is known already, or the page would have no more to say than that.
        if self._failing and not route.request.url.endswith("/api/me"):
            content_type = "application/problem+json"
            route.fulfill(status=503, content_type=content_type, body=json.dumps(_REFUSAL))
        else:
            route.fallback()

    def _answer_nobody(self, route: Route) -> None:
        path = "/api" + route.request.url.partition("/api")[2].partition("?")[0]
        if path in _NOBODY:
            route.fulfill(json=_NOBODY[path])
        else:
            route.fallback()

    def _connect(self, socket: WebSocketRoute) -> None:
        if self._failing:
            socket.close(code=1011)
            return
        socket.connect_to_server()
        self._live.append(socket)
