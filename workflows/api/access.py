"""Who may do what over HTTP.

With open access (loopback only; see the settings) everybody may do everything, and no cookie is read: a page of another
site can neither use one nor have its browser send a request that acts, since bodies must say that they are JSON, and
those that need not are empty and come from no page.
Otherwise a session of Django's is demanded, with the permissions of the table below.
"""

from typing import Any

from django.conf import settings
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from workflows.access.principal import ANYBODY, Principal, principal_of_user

READ = "sched_workflows.view_execution"
ACT = "sched_workflows.operate_execution"
SEE_PAYLOADS = "sched_workflows.view_payload"
SAFE = ("GET", "HEAD", "OPTIONS")


def is_open() -> bool:
    """Whether this process demands no credentials."""
    return bool(settings.SCHED.open_access)


def authenticators() -> list[BaseAuthentication]:
    return [] if is_open() else [Sessions()]


def may_see_payloads(request: Request) -> bool:
    return is_open() or request.user.has_perm(SEE_PAYLOADS)


def identity_of(request: Request) -> str:
    """Who acts, as histories name it."""
    return "rest" if is_open() else f"rest:{request.user.get_username()}"


def principal_of(request: Request) -> Principal:
    """Who asks."""
    return ANYBODY if is_open() else principal_of_user(request.user)


class Sessions(SessionAuthentication):
    """A session of the admin's login. Says so, and a caller without one is answered 401."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"


class MayUse(BasePermission):
    """To look takes one permission, to act another."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return is_open() or request.user.has_perm(READ if request.method in SAFE else ACT)
