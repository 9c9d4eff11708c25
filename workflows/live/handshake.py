"""`/ws`: who may connect. Whoever may not is refused at the handshake (403) and told nothing.

Programs show an API key in the `Authorization` header. Browsers cannot set it, so theirs is the session's cookie, which
a browser sends along whoever's page asks: the page's `Origin` must be a host of ours, at the port that the browser has
asked: a port of the same machine may be somebody else's, and cookies do not tell ports apart. It must be so with open
access, too, where a page of another site could otherwise read along. A key in the URL is never looked at.
"""

import logging
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from workflows.access.addresses import address_of
from workflows.access.principal import Unauthenticated
from workflows.access.rates import TooMany
from workflows.api.problems import OUTAGES
from workflows.live.callers import Caller, caller_of
from workflows.live.threads import in_thread

PATH: Final = "/ws"
CONNECTIONS_MAX: Final = 500
"""In this process: each costs memory, and a look at its credentials now and then."""
OF_CALLER_MAX: Final = 50
"""Of one caller, so that none holds them all. With open access there is nobody to tell from the others."""
DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_LOGGER = logging.getLogger(__name__)


class Refused(Exception):
    """Why, for the log at level debug; callers hear 403."""


class Handshake:
    """An ASGI application around another, which finds the caller in `scope["caller"]`; lives on one event loop."""

    def __init__(
        self, application: Any, *, most: int = CONNECTIONS_MAX, of_caller: int = OF_CALLER_MAX
    ) -> None:
        self._application = application
        self._most = most
        self._of_caller = of_caller
        self._open = 0
        self._callers: Counter[str] = Counter()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self._open += 1
        try:
            await self._serve(scope, receive, send)
        finally:
            self._open -= 1

    async def _serve(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            caller = await self._admitted(scope)
            self._count(caller.principal.name)
        except (Refused, Unauthenticated, TooMany, *OUTAGES) as refusal:
            _LOGGER.debug("refused: %s", refusal)
            await _deny(receive, send)
            return
        try:
            await self._application({**scope, "caller": caller}, receive, send)
        finally:
            self._leave(caller.principal.name)

    def _count(self, name: str) -> None:
        if name and self._callers[name] >= self._of_caller:
            raise Refused(f"{name} has {self._of_caller} connections")
        self._callers[name] += 1

    def _leave(self, name: str) -> None:
        self._callers[name] -= 1
        if not self._callers[name]:
            del self._callers[name]

    async def _admitted(self, scope: Any) -> Caller:
        if self._open > self._most:
            raise Refused(f"{self._most} connections are open")
        if scope["path"] != PATH:
            raise Refused("there is nothing here")
        headers = {name.decode("latin1").lower(): value.decode("latin1") for name, value in scope["headers"]}
        check_host(headers)
        origin_is_ours = check_origin(headers)
        if settings.SECURE_SSL_REDIRECT and headers.get("x-forwarded-proto") != "https":
            raise Refused("beyond loopback it wants TLS")
        peer = (scope.get("client") or ("",))[0]
        address = address_of(str(peer), headers.get("x-forwarded-for", ""))
        return await in_thread(caller_of, headers, address, origin_is_ours)


async def _deny(receive: Any, send: Any) -> None:
    """To close before it is accepted is what the server tells as 403."""
    await receive()
    await send({"type": "websocket.close"})


def check_host(headers: Mapping[str, str]) -> None:
    """A page may point a name of its own at this address."""
    domain, _ = split_domain_port(headers.get("host", ""))
    if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        raise Refused("Host")


def check_origin(headers: Mapping[str, str]) -> bool:
    """Whether there is an `Origin`, of ours; only browsers send one, and they always do.

    Raises:
        Refused: it is of another site, or of another port.
    """
    if "origin" not in headers:
        return False
    try:
        origin = urlsplit(headers["origin"])
        host, port = origin.hostname or "", origin.port
    except ValueError:
        raise Refused("Origin") from None
    default = DEFAULT_PORTS.get(origin.scheme)
    if default is None or (port or default) != _port_asked(headers, default):
        raise Refused("Origin")
    if not validate_host(f"[{host}]" if ":" in host else host, settings.ALLOWED_HOSTS):
        raise Refused("Origin")
    return True


def _port_asked(headers: Mapping[str, str], default: int) -> int:
    """A browser leaves the default port of its scheme out, and so does what ends TLS before this process."""
    _, port = split_domain_port(headers.get("host", ""))
    return int(port or default)
