"""Who looks at a page, and what they may do there."""

from typing import Final

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from workflows.access.actions import Action
from workflows.access.principal import Principal, principal_of_user

DOOR: Final = "admin"
"""In histories and in the audit."""


def principal_of(request: HttpRequest) -> Principal:
    """The user who is logged in, looked at once for a request: a page asks for each act."""
    found: Principal | None = getattr(request, "_sched_principal", None)
    if found is None:
        found = principal_of_user(request.user)
        request._sched_principal = found  # type: ignore[attr-defined] # noqa: SLF001 - kept with the request
    return found


def require(request: HttpRequest, *actions: Action) -> Principal:
    """The user, who may do all of these.

    Raises:
        PermissionDenied: they may not; answered with 403.
    """
    found = principal_of(request)
    lacking = [action.value for action in actions if not found.may(action)]
    if lacking:
        raise PermissionDenied(f"{found.name} lacks {', '.join(lacking)}")
    return found
