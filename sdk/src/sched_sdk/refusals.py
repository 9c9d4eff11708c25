"""Refusals of the engine as exceptions: one class per status, the stable reason as a field.

    RefusedError (an RpcError)      any other status
    ├── InvalidRequestError         INVALID_ARGUMENT, with the fields and their rules
    ├── UnknownWorkflowError        NOT_FOUND (a NotFound)
    ├── WorkflowIdTakenError        ALREADY_EXISTS, with the run that has the id (a WorkflowAlreadyStarted)
    ├── NotPossibleError            FAILED_PRECONDITION: the run has ended, for one
    ├── BusyError                   ABORTED: another transaction is at it; nothing was stored
    ├── OverloadedError             RESOURCE_EXHAUSTED, after every retry
    ├── UnauthenticatedError        UNAUTHENTICATED
    ├── NotPermittedError           PERMISSION_DENIED
    ├── EngineUnavailableError      UNAVAILABLE, after every retry
    └── EngineTimeoutError          DEADLINE_EXCEEDED: the engine did not answer in time

The details are read from the `google.rpc.Status` in the trailing metadata; an answer without it keeps its status and
its sentence.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2  # type: ignore[import-untyped]

from sched_sdk.errors import NotFound, RpcError, WorkflowAlreadyStarted
from sched_sdk.proto.v1 import workflow_pb2

STATUS_KEY = "grpc-status-details-bin"
_STATUS_OF = {status.value[0]: status for status in grpc.StatusCode}


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One field of a request and the rule that it breaks."""

    field: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What the engine said, as a value."""

    status: grpc.StatusCode
    message: str = ""
    reason: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    violations: tuple[Violation, ...] = ()
    retry_after: dt.timedelta | None = None


class RefusedError(RpcError):
    """The engine refused a request, or could not be reached."""

    def __init__(self, refusal: Refusal) -> None:
        RpcError.__init__(self, _sentence(refusal), code=refusal.status.name, reason=refusal.reason)
        self.refusal = refusal


class InvalidRequestError(RefusedError):
    """A field breaks a rule; nothing was stored."""

    @property
    def violations(self) -> tuple[Violation, ...]:
        """Every field with its rule."""
        return self.refusal.violations


class UnknownWorkflowError(RefusedError, NotFound):
    """There is no such workflow or run."""


class WorkflowIdTakenError(RefusedError, WorkflowAlreadyStarted):
    """The workflow id is taken; `run_id` has it, if the engine named it."""

    def __init__(self, refusal: Refusal) -> None:
        RefusedError.__init__(self, refusal)
        self.workflow_id = refusal.metadata.get("workflow_id", "")
        self.run_id = refusal.metadata.get("run_id", "")


class NotPossibleError(RefusedError):
    """The workflow is in no state for it: it has ended, for one."""


class BusyError(RefusedError):
    """Another transaction is starting this workflow id; nothing was stored."""


class OverloadedError(RefusedError):
    """The engine sheds load, and did so at every retry; or a message is beyond its bound."""


class UnauthenticatedError(RefusedError):
    """The engine demands credentials, or does not know these."""


class NotPermittedError(RefusedError):
    """The credentials do not allow it."""


class EngineUnavailableError(RefusedError):
    """The engine could not be reached."""


class EngineTimeoutError(RefusedError):
    """The engine did not answer in time. A start or a signal may have had its effect."""


_CLASSES: Mapping[grpc.StatusCode, type[RefusedError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidRequestError,
    grpc.StatusCode.NOT_FOUND: UnknownWorkflowError,
    grpc.StatusCode.ALREADY_EXISTS: WorkflowIdTakenError,
    grpc.StatusCode.FAILED_PRECONDITION: NotPossibleError,
    grpc.StatusCode.ABORTED: BusyError,
    grpc.StatusCode.RESOURCE_EXHAUSTED: OverloadedError,
    grpc.StatusCode.UNAUTHENTICATED: UnauthenticatedError,
    grpc.StatusCode.PERMISSION_DENIED: NotPermittedError,
    grpc.StatusCode.UNAVAILABLE: EngineUnavailableError,
    grpc.StatusCode.DEADLINE_EXCEEDED: EngineTimeoutError,
}


def to_error(refusal: Refusal) -> RefusedError:
    """The exception of a refusal."""
    return _CLASSES.get(refusal.status, RefusedError)(refusal)


def read_refusal(error: grpc.aio.AioRpcError) -> Refusal:
    """What a failed call says, with its details."""
    plain = Refusal(status=error.code(), message=error.details() or "")
    for key, value in error.trailing_metadata() or ():
        if key == STATUS_KEY and isinstance(value, bytes):
            return _with_details(plain, value)
    return plain


def refusal_of_call(error: workflow_pb2.CallError) -> Refusal:
    """What the answer of a call on a stream says; the same as a unary call's status."""
    plain = Refusal(status=_STATUS_OF.get(error.code, grpc.StatusCode.UNKNOWN), message=error.message)
    return _detailed(plain, error.details)


def _with_details(plain: Refusal, data: bytes) -> Refusal:
    try:
        details = status_pb2.Status.FromString(data).details
    except DecodeError:
        return plain
    return _detailed(plain, details)


def _detailed(plain: Refusal, details: Iterable[Any]) -> Refusal:
    info, bad, retry = (
        error_details_pb2.ErrorInfo(),
        error_details_pb2.BadRequest(),
        error_details_pb2.RetryInfo(),
    )
    hinted = False
    for detail in details:
        detail.Unpack(info)
        detail.Unpack(bad)
        hinted = detail.Unpack(retry) or hinted
    return Refusal(
        status=plain.status,
        message=plain.message,
        reason=info.reason,
        metadata=dict(info.metadata),
        violations=tuple(
            Violation(field=v.field, rule=v.description.removeprefix(": ")) for v in bad.field_violations
        ),
        retry_after=retry.retry_delay.ToTimedelta() if hinted else None,
    )


def _sentence(refusal: Refusal) -> str:
    head = refusal.reason or refusal.status.name
    # The message of a refusal mostly tells its rules already; what it leaves out is told after it.
    said = refusal.message
    left = (each for each in refusal.violations if each.field not in said or each.rule not in said)
    rules = "; ".join(f"{violation.field}: {violation.rule}" for violation in left)
    return ": ".join(part for part in (head, refusal.message, rules) if part)
