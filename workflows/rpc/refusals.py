"""Refusals as gRPC statuses: one table from our codes, and the details that clients read.

Every refusal carries `google.rpc.ErrorInfo` (a stable reason, and the run in the way where there is one); bad input
also `BadRequest` with field and rule, and an overload `RetryInfo`.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, NoReturn

import grpc
from google.protobuf import any_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2  # type: ignore[import-untyped]
from grpc_status import rpc_status

from workflows.access.principal import Denied, Unauthenticated
from workflows.access.rates import TooMany
from workflows.codec.commands import UnknownCommand
from workflows.core.rejection import Code, Rejected
from workflows.rpc.tokens import BadToken
from workflows.service.errors import Invalid
from workflows.store.away import OUTAGES
from workflows.store.lanes import Overloaded

_LOGGER = logging.getLogger(__name__)

DOMAIN = "sched"
RETRY_AFTER_SECONDS = 1
"""Hint to shed clients: about the time in which a full lane is worked off."""

UNAUTHENTICATED_MESSAGE = (
    "an API key is required, neither revoked nor expired; clients and workers take it from SCHED_API_KEY"
)
DENIED_HINT = "make a key with it by `manage.py apikey create`"
REFUSALS = (Rejected, Invalid, BadToken, Overloaded, UnknownCommand, Unauthenticated, Denied, *OUTAGES)
"""Errors of the layers below that have a status of their own."""

_STATUS: dict[Code, int] = {
    Code.ALREADY_EXISTS: code_pb2.ALREADY_EXISTS,
    Code.NOT_FOUND: code_pb2.NOT_FOUND,
    Code.CLOSED: code_pb2.FAILED_PRECONDITION,
    Code.STALE_TASK: code_pb2.FAILED_PRECONDITION,
    Code.STALE_TIMER: code_pb2.FAILED_PRECONDITION,
    Code.NOT_DUE: code_pb2.FAILED_PRECONDITION,
    Code.INVALID_TURN: code_pb2.INVALID_ARGUMENT,
    Code.ID_BUSY: code_pb2.ABORTED,
    Code.DAMAGED: code_pb2.DATA_LOSS,
    Code.UNAVAILABLE: code_pb2.UNAVAILABLE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What a caller is told: a google.rpc.Code, a stable reason, a sentence, and details."""

    code: int
    reason: str
    message: str
    run_id: str = ""
    violations: Sequence[tuple[str, str]] = field(default_factory=tuple)
    retry_after_seconds: int = RETRY_AFTER_SECONDS
    """Told with an overload."""


def refusal_of(error: BaseException) -> Refusal:
    """How an error of the layers below is told. What is none of theirs is our bug, and told as no more than that."""
    match error:
        case Rejected():
            violations = _turn_violation(error) if error.code is Code.INVALID_TURN else ()
            return Refusal(
                code=_STATUS[error.code],
                reason=error.code.value,
                message=error.message,
                run_id=error.run_id,
                violations=violations,
            )
        case Invalid():
            violations = tuple(
                (each.field, f"{each.value}: {each.rule}" if each.value else each.rule)
                for each in error.errors
            )
            return Refusal(
                code=code_pb2.INVALID_ARGUMENT, reason="INVALID", message=str(error), violations=violations
            )
        case BadToken():
            rule = "must be the token of a task that an engine of this database handed out"
            return Refusal(
                code=code_pb2.INVALID_ARGUMENT,
                reason="BAD_TOKEN",
                message=f"token: {rule}",
                violations=(("token", rule),),
            )
        case Overloaded():
            return Refusal(code=code_pb2.RESOURCE_EXHAUSTED, reason="OVERLOADED", message=str(error))
        case TooMany():
            return Refusal(
                code=code_pb2.RESOURCE_EXHAUSTED,
                reason="TOO_MANY_REQUESTS",
                message=str(error),
                retry_after_seconds=error.seconds,
            )
        case Unauthenticated():
            return Refusal(
                code=code_pb2.UNAUTHENTICATED, reason="UNAUTHENTICATED", message=UNAUTHENTICATED_MESSAGE
            )
        case Denied():
            return Refusal(
                code=code_pb2.PERMISSION_DENIED, reason="PERMISSION_DENIED", message=f"{error}; {DENIED_HINT}"
            )
        case UnknownCommand():
            name, _, rule = str(error).partition(": ")
            return Refusal(
                code=code_pb2.INVALID_ARGUMENT,
                reason="INVALID_TURN",
                message=str(error),
                violations=((name, rule),),
            )
        case _ if isinstance(error, OUTAGES):
            message = "the database cannot be reached now; try again"
            return Refusal(code=code_pb2.UNAVAILABLE, reason="UNAVAILABLE", message=message)
    return Refusal(code=code_pb2.INTERNAL, reason="INTERNAL", message="the engine failed; its log says how")


def _turn_violation(error: Rejected) -> tuple[tuple[str, str], ...]:
    name, _, rule = error.message.partition(": ")
    return ((name, rule),)


def status_of(refusal: Refusal) -> Any:
    """The refusal as a status that `abort_with_status` takes."""
    return rpc_status.to_status(status_message(refusal))


def status_message(refusal: Refusal) -> Any:
    """The refusal as a google.rpc.Status."""
    info = error_details_pb2.ErrorInfo(reason=refusal.reason, domain=DOMAIN)
    if refusal.run_id:
        info.metadata["run_id"] = refusal.run_id
    details = [info]
    if refusal.violations:
        bad = error_details_pb2.BadRequest()
        for name, rule in refusal.violations:
            bad.field_violations.add(field=name, description=rule)
        details.append(bad)
    if refusal.code == code_pb2.RESOURCE_EXHAUSTED:
        retry = error_details_pb2.RetryInfo()
        retry.retry_delay.seconds = refusal.retry_after_seconds
        details.append(retry)
    return status_pb2.Status(code=refusal.code, message=refusal.message, details=map(_packed, details))


def _packed(message: Any) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(message)
    return packed


def answered[Service, Request, Reply](
    method: Callable[[Service, Request, grpc.aio.ServicerContext[Any, Any]], Awaitable[Reply]],
) -> Callable[[Service, Request, grpc.aio.ServicerContext[Any, Any]], Awaitable[Reply]]:
    """A unary method whose errors become statuses."""

    @wraps(method)
    async def answer(self: Service, request: Request, context: grpc.aio.ServicerContext[Any, Any]) -> Reply:
        try:
            return await method(self, request, context)
        except grpc.aio.AbortError:
            raise
        except REFUSALS as error:
            await abort(context, error)
        except Exception as error:
            about = {name: getattr(request, name, "") for name in ("workflow_id", "run_id")}
            _LOGGER.exception("%s failed", method.__name__, extra={k: v for k, v in about.items() if v})
            await abort(context, error)

    return answer


async def abort(context: grpc.aio.ServicerContext[Any, Any], error: BaseException) -> NoReturn:
    """End the call with the error's status."""
    await context.abort_with_status(status_of(refusal_of(error)))
    raise AssertionError("abort_with_status raises")
