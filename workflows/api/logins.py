"""The admin's login form: whoever fails too often from one address is held up before the form is looked at."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.deprecation import MiddlewareMixin

from workflows.api import limiting
from workflows.api.addresses import address_of


class LimitedLogins(MiddlewareMixin):
    """A login that failed is answered with the form again."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        if not _is_login(request):
            return None
        try:
            limiting.check_failures(_address(request))
        except limiting.TooMany as refusal:
            return HttpResponse(
                f"{refusal}\n".capitalize(),
                status=HTTPStatus.TOO_MANY_REQUESTS,
                content_type="text/plain; charset=utf-8",
                headers={"Retry-After": str(refusal.seconds)},
            )
        return None

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if _is_login(request) and response.status_code == HTTPStatus.OK:
            limiting.FAILURES.note(_address(request))
        return response


def _is_login(request: HttpRequest) -> bool:
    return request.method == "POST" and request.path_info == reverse("admin:login")


def _address(request: HttpRequest) -> str:
    return address_of(request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", ""))
