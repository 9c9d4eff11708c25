"""Login forms, the admin's and the dashboard's: who fails too often from one address is held up before they look."""

from collections.abc import Iterator
from contextlib import suppress
from http import HTTPStatus
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.deprecation import MiddlewareMixin

from workflows.access.addresses import address_of
from workflows.access.rates import TooMany
from workflows.api import limiting
from workflows.api.said import said

FORMS: Final = ("admin:login", "sched:login")


class LimitedLogins(MiddlewareMixin):
    """A login that failed is answered with the form again."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        if not _is_login(request):
            return None
        try:
            limiting.check_failures(_address(request))
        except TooMany as refusal:
            return said(
                request,
                "Too many logins failed",
                f"{str(refusal).capitalize()}.",
                status=HTTPStatus.TOO_MANY_REQUESTS,
                way_on=(request.get_full_path(), "Back to the login"),
                headers={"Retry-After": str(refusal.seconds)},
            )
        return None

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if _is_login(request) and response.status_code == HTTPStatus.OK:
            limiting.FAILURES.note(_address(request))
        return response


def _is_login(request: HttpRequest) -> bool:
    return request.method == "POST" and request.path_info in _addresses()


def _addresses() -> Iterator[str]:
    """Of the forms that there are."""
    for name in FORMS:
        with suppress(NoReverseMatch):
            yield reverse(name)


def _address(request: HttpRequest) -> str:
    return address_of(request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", ""))
