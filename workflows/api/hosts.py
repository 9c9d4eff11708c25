"""Requests whose `Host` is none of ours: refused before anything reads them, in the API's form below the API.

Django would refuse them too, with a page of HTML and a traceback in the log for whoever cares to send one.
"""

import logging
from collections.abc import Callable
from http import HTTPStatus
from inspect import iscoroutinefunction
from typing import Any

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware

from workflows.api.problems import Problem, is_of_api
from workflows.service.errors import FieldError, shown

_LOGGER = logging.getLogger(__name__)
RULE = "must be one of SCHED_ALLOWED_HOSTS; unless they are set, a name of loopback"


@sync_and_async_middleware
def known_hosts(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """The middleware; the outermost one."""
    if iscoroutinefunction(get_response):

        async def answer_async(request: HttpRequest) -> HttpResponse:
            return refusal_of(request) or await get_response(request)

        return answer_async

    def answer(request: HttpRequest) -> HttpResponse:
        return refusal_of(request) or get_response(request)

    return answer


def refusal_of(request: HttpRequest) -> HttpResponse | None:
    """The answer to a request for another host; None if it is for us."""
    try:
        request.get_host()
    except DisallowedHost:
        error = FieldError("Host", shown(request.META.get("HTTP_HOST", "")), RULE)
        _LOGGER.warning("refused: %s", error)
        if is_of_api(request):
            return Problem(
                status=HTTPStatus.BAD_REQUEST, code="INVALID", detail=str(error), errors=[error]
            ).response()
        return HttpResponse(
            "This name is not one that sched answers to.\n",
            status=HTTPStatus.BAD_REQUEST,
            content_type="text/plain; charset=utf-8",
        )
    return None
