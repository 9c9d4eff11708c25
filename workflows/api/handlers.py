"""What Django answers by itself, before a view is found or after one has failed.

Below the API as problems, elsewhere as its pages.
"""

from http import HTTPStatus

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.views import defaults

from workflows.api.problems import Problem, is_of_api, problem_of
from workflows.api.said import said

_LIMITS = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The request itself is broken: a form that is none, for one."""
    if not is_of_api(request):
        return said(request, "The request cannot be read", _why(exception), status=HTTPStatus.BAD_REQUEST)
    detail = "the request cannot be read"
    return Problem(status=HTTPStatus.BAD_REQUEST, code="BAD_REQUEST", detail=detail).response()


def _why(exception: Exception) -> str:
    """Only what Django's limits say of themselves: other errors may repeat what was sent."""
    if isinstance(exception, _LIMITS):
        return f"{str(exception).rstrip('.')}. Nothing was changed."
    return "Nothing was changed. The server's log says what was wrong with it."


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Also of a view that Django itself guards."""
    if not is_of_api(request):
        return defaults.permission_denied(request, exception)
    return problem_of(exception).response()


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No path at all."""
    if not is_of_api(request):
        return defaults.page_not_found(request, exception)
    return problem_of(exception).response()


def server_error(request: HttpRequest) -> HttpResponse:
    """Django has logged why."""
    return problem_of(Exception()).response() if is_of_api(request) else defaults.server_error(request)
