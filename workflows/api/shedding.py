"""How many requests the web process works on at once. Beyond that a caller is told to come again, at once.

Each request holds a thread and, now and then, a connection of the database; without a bound a flood of callers takes
the memory of the process, and everybody waits for a connection until nobody gets one in time. What is shed was not
read: nothing of it is stored.

The path for health is always let in: a load balancer that gets no answer would take the process for dead, and send its
callers to the next.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

from workflows.api.problems import PREFIX, RETRY_AFTER_SECONDS, Problem

REQUESTS_MAX = 300
"""Three times as many as may wait for a result (`waiting.WAITERS_MAX`), so that there is room beside them."""
ALWAYS = (f"{PREFIX}health",)

type Scope = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
type Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Shedding:
    """An ASGI application around another; lives on one event loop."""

    def __init__(self, application: Any, *, most: int = REQUESTS_MAX) -> None:
        self._application = application
        self._most = most
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if self._under_way >= self._most and scope["path"] not in ALWAYS:
            await self._shed(send)
            return
        self._under_way += 1
        try:
            await self._application(scope, receive, send)
        finally:
            self._under_way -= 1

    async def _shed(self, send: Send) -> None:
        problem = Problem(
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            code="OVERLOADED",
            detail=f"{self._most} requests are under way; nothing was stored, try again",
        )
        response = problem.response({"Retry-After": RETRY_AFTER_SECONDS})
        headers = [(name.lower().encode(), value.encode()) for name, value in response.items()]
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": response.content})
