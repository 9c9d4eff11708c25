"""Who is at the other end of a connection, and whether their credentials still hold.

A connection outlives a request, so what let its caller in is looked at again and again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any, Protocol

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest

from timers.clock import SystemClock
from workflows.access import keys
from workflows.access.principal import ANYBODY, Principal, Unauthenticated, principal_of_user
from workflows.api import access, limiting


class Credentials(Protocol):
    """What let somebody in."""

    def principal(self) -> Principal:
        """Who has them now, by the database.

        Raises:
            Unauthenticated: they have ended.
        """


@dataclass(frozen=True, slots=True)
class Open:
    """None are demanded."""

    def principal(self) -> Principal:
        return ANYBODY


@dataclass(frozen=True, slots=True)
class Key:
    """The text of an API key; never shown."""

    text: str

    def principal(self) -> Principal:
        return keys.principal_of(self.text, SystemClock().now())

    def __repr__(self) -> str:
        return "Key"


@dataclass(frozen=True, slots=True)
class Session:
    """The id of a session of Django's; never shown."""

    session_key: str

    def principal(self) -> Principal:
        request: Any = HttpRequest()
        request.session = import_module(settings.SESSION_ENGINE).SessionStore(self.session_key)
        user = get_user(request)
        if not user.is_authenticated:
            raise Unauthenticated
        return principal_of_user(user)

    def __repr__(self) -> str:
        return "Session"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    credentials: Credentials
    principal: Principal


def caller_of(headers: Mapping[str, str], address: str, origin_is_ours: bool) -> Caller:
    """Who shows these credentials.

    Args:
        headers: of the handshake, by their names in small letters.
        origin_is_ours: the handshake is of a page of ours, so that its cookie may count.

    Raises:
        Unauthenticated: none, or none that are valid.
        TooMany: this address has tried too many, or this caller has had all calls of the minute.
    """
    if access.is_open():
        return Caller(credentials=Open(), principal=ANYBODY)
    text = access.bearer_of(headers.get("authorization", ""))
    if text:
        return _counted(Key(text), access.principal_of_key(text, address))
    session_key = _session_key_of(headers.get("cookie", ""))
    if not session_key or not origin_is_ours:
        raise Unauthenticated
    session = Session(session_key)
    return _counted(session, session.principal())


def _counted(credentials: Credentials, principal: Principal) -> Caller:
    limiting.count_call(principal.name)
    return Caller(credentials=credentials, principal=principal)


def _session_key_of(cookie: str) -> str:
    try:
        found = SimpleCookie(cookie).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return ""
    return found.value if found else ""
