"""Refusals as problem details (RFC 9457): one table from our codes to HTTP statuses.

A problem has `code`, stable, for programs; `detail`, a sentence; and `errors` with field, value and rule where it is
about input. Values are shortened, and left out where they might be payloads or secrets.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson
from django.core.exceptions import PermissionDenied
from django.db.utils import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions

from workflows.access.principal import Denied
from workflows.access.rates import TooMany
from workflows.api import health
from workflows.api.body import Malformed, NotJSON, TooLarge
from workflows.core.rejection import Code, Rejected
from workflows.service.errors import FieldError, Invalid

PROBLEM = "application/problem+json"
logger = logging.getLogger(__name__)

STATUS: dict[Code, int] = {
    Code.ALREADY_EXISTS: HTTPStatus.CONFLICT,
    Code.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Code.CLOSED: HTTPStatus.CONFLICT,
    Code.ID_BUSY: HTTPStatus.CONFLICT,
    Code.DAMAGED: HTTPStatus.CONFLICT,
    Code.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""The others cannot reach this door: they answer workers and clocks."""
OUTAGES = (OperationalError, InterfaceError)
DOOR = "the REST API"
"""In the log, which has a line when the database is lost and one when it is back, and none for each request."""
RETRY_AFTER_SECONDS = "1"
PREFIX = "/api/"


def is_of_api(request: HttpRequest) -> bool:
    """Whether who asks expects a problem, and not a page."""
    return request.path_info.startswith(PREFIX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A refusal, before it is rendered."""

    status: int
    code: str
    detail: str
    errors: Sequence[FieldError] = ()
    run_id: str = ""
    action: str = ""
    """That the caller may not take."""

    def response(self, headers: Mapping[str, str] | None = None) -> HttpResponse:
        """Rendered here, since a view may have no renderer of JSON."""
        content = orjson.dumps(self.document())
        return HttpResponse(content, status=self.status, content_type=PROBLEM, headers=headers)

    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": int(self.status),
            "code": self.code,
            "detail": self.detail,
            "errors": [{"field": each.field, "value": each.value, "rule": each.rule} for each in self.errors],
        }
        if self.run_id:
            document["runId"] = self.run_id
        if self.action:
            document["action"] = self.action
        return document


def handle(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """REST framework's exception handler. What nobody foresaw is logged and told as no more than a failure."""
    problem = problem_of(error)
    if isinstance(error, OUTAGES):
        health.told(DOOR, f"cannot reach the database: {type(error).__name__}")
    if problem.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        about = {"workflow_id": (context.get("kwargs") or {}).get("workflow_id")}
        name = type(context.get("view")).__name__
        logger.error("%s failed", name, exc_info=error, extra=about if about["workflow_id"] else None)
    headers = {}
    if problem.status == HTTPStatus.SERVICE_UNAVAILABLE or problem.code == Code.ID_BUSY:
        headers["Retry-After"] = RETRY_AFTER_SECONDS
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(error.seconds)
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header  # type: ignore[attr-defined]
    return problem.response(headers)


def problem_of(error: Exception) -> Problem:
    """How an error of the layers below is told."""
    match error:
        case Rejected():
            status = STATUS.get(error.code, HTTPStatus.CONFLICT)
            return Problem(status=status, code=error.code, detail=error.message, run_id=error.run_id)
        case Invalid():
            return _invalid(error)
        case Malformed():
            rule = "must be a JSON object without duplicate names, NaN or infinities"
            errors = [FieldError("body", str(error), rule)]
            return Problem(
                status=HTTPStatus.BAD_REQUEST,
                code="MALFORMED",
                detail=f"body: {error}; {rule}",
                errors=errors,
            )
        case TooLarge():
            errors = [FieldError("body", "", str(error))]
            return _too_large(str(error), errors)
        case _ if isinstance(error, OUTAGES):
            detail = "the database cannot be reached now; try again"
            return Problem(status=HTTPStatus.SERVICE_UNAVAILABLE, code=Code.UNAVAILABLE, detail=detail)
        case Http404() | exceptions.NotFound():
            return Problem(status=HTTPStatus.NOT_FOUND, code="NO_SUCH_PATH", detail="there is nothing here")
        case Denied():
            code = "PERMISSION_DENIED"
            return Problem(status=HTTPStatus.FORBIDDEN, code=code, detail=str(error), action=error.action)
        case TooMany():
            return Problem(status=HTTPStatus.TOO_MANY_REQUESTS, code="TOO_MANY_REQUESTS", detail=str(error))
        case PermissionDenied():
            return Problem(
                status=HTTPStatus.FORBIDDEN, code="PERMISSION_DENIED", detail="you may not do this"
            )
        case NotJSON():
            return Problem(
                status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                code="UNSUPPORTED_MEDIA_TYPE",
                detail=str(error),
                errors=[error.error],
            )
        case exceptions.APIException():
            code = str(error.default_code).upper()
            return Problem(status=error.status_code, code=code, detail=str(error.detail))
    return Problem(
        status=HTTPStatus.INTERNAL_SERVER_ERROR, code="INTERNAL", detail="sched failed; its log says how"
    )


def _invalid(error: Invalid) -> Problem:
    if any(each.value.endswith(" bytes") for each in error.errors):
        return _too_large(str(error), error.errors)
    return Problem(status=HTTPStatus.BAD_REQUEST, code="INVALID", detail=str(error), errors=error.errors)


def _too_large(detail: str, errors: Sequence[FieldError]) -> Problem:
    return Problem(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE, code="TOO_LARGE", detail=detail, errors=errors)
