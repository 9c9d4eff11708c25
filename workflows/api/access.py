"""Who may do what over HTTP.

With open access (loopback only; see the settings) everybody may do everything, and no cookie is read: a page of another
site can neither use one nor have its browser send a request that acts, since bodies must say that they are JSON, and
those that need not are empty and come from no page.

Otherwise credentials are demanded: an API key in the `Authorization` header, or a session of Django's, which acts with
its CSRF token only. A key in a URL or a body is never looked at. Who is let in is a `Principal`, and each view names
the action that it takes, by method.
"""

from copy import copy
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from timers.clock import SystemClock
from workflows.access.actions import Action
from workflows.access.addresses import address_of
from workflows.access.known_keys import KnownKeys
from workflows.access.principal import ANYBODY, Principal, Unauthenticated, principal_of_user
from workflows.api import limiting

DOOR: Final = "rest"
CHALLENGE: Final = 'Bearer realm="sched"'
NO_CREDENTIALS: Final = (
    "credentials are required: an API key (Authorization: Bearer sched_…), or the session of a login"
)
WRONG_KEY: Final = (
    "the API key in the Authorization header is unknown, revoked or expired; which, is not told"
)
SAFE: Final = ("GET", "HEAD", "OPTIONS")
KEYS: Final = KnownKeys(SystemClock())
"""Of this process; its doors share them."""


def is_open() -> bool:
    """Whether this process demands no credentials."""
    return bool(settings.SCHED.open_access)


def authenticators() -> list[BaseAuthentication]:
    return [] if is_open() else [ApiKeys(), Sessions()]


def principal_of(request: Request) -> Principal:
    """Who asks.

    Raises:
        NotAuthenticated: nobody that is known.
    """
    if is_open():
        return ANYBODY
    if not isinstance(request.auth, Principal):
        raise exceptions.NotAuthenticated(NO_CREDENTIALS)
    return request.auth


def may(request: Request, action: Action) -> bool:
    return principal_of(request).may(action)


def may_see_payloads(request: Request) -> bool:
    return may(request, Action.SEE_PAYLOADS)


def identity_of(request: Request) -> str:
    """Who acts, as histories name it."""
    return principal_of(request).identity(DOOR)


def count_call(request: Request) -> None:
    """Raises `TooMany`. Where access is open there is nobody to tell from the others."""
    if not is_open() and isinstance(request.auth, Principal):
        limiting.count_call(request.auth.name)


def bearer_of(header: str) -> str:
    """What an `Authorization` header holds, where its scheme is ours."""
    scheme, _, text = header.partition(" ")
    return text.strip() if scheme.lower() == "bearer" else ""


def principal_of_key(text: str, address: str) -> Principal:
    """Who has this key.

    Raises:
        Unauthenticated: nobody, now; why is not told.
        TooMany: credentials from this address were refused too often; this one was not looked at.
    """
    limiting.check_failures(address)
    try:
        return KEYS.principal_of(text)
    except Unauthenticated:
        limiting.FAILURES.note(address)
        raise


class ApiKeys(BaseAuthentication):
    """`Authorization: Bearer sched_…`"""

    def authenticate(self, request: Request) -> tuple[Any, Principal] | None:
        text = bearer_of(request.META.get("HTTP_AUTHORIZATION", ""))
        if not text:
            return None
        address = address_of(
            request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", "")
        )
        try:
            return AnonymousUser(), principal_of_key(text, address)
        except Unauthenticated:
            raise exceptions.NotAuthenticated(WRONG_KEY) from None

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


class Sessions(SessionAuthentication):
    """A session of the admin's login."""

    def authenticate(self, request: Request) -> Any:
        found = super().authenticate(request)
        return found and (found[0], principal_of_user(found[0]))

    def enforce_csrf(self, request: Any) -> None:
        """By the header alone: to look for the token in a form reads the body before its size and type are checked."""
        bare = copy(request._request)  # noqa: SLF001 - REST framework's name for Django's request
        bare.POST = QueryDict()
        super().enforce_csrf(bare)

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


class MayUse(BasePermission):
    """Whoever may take the action that the view names for the method; where it names none, nobody.

    A method that the view does not have is answered 405 to whoever is let in.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        """Raises `Denied`, with the action that is lacking."""
        principal = principal_of(request)
        method = "GET" if request.method == "HEAD" else request.method or ""
        if method == "OPTIONS" or method not in view.allowed_methods:
            return True
        if method not in view.actions:
            return False
        action: Action | None = view.actions[method]
        if action is not None:
            principal.require(action)
        return True
