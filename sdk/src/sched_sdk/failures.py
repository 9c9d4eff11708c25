"""Exceptions to Failures and back.

Guarantees: any exception has a Failure, one whose `str()` raises and one with a cycle of causes among them; a Failure
that came from the engine and goes back unchanged keeps its details and stack trace.
Does not rebuild user code's own classes: what was a ValueError there arrives as ApplicationError(type="ValueError").
"""

import linecache
import traceback
from types import FrameType

from sched_sdk import converter, errors
from sched_sdk.proto.v1 import common_pb2

CAUSES_MAX = 20
"""Links of a chain that are kept: beyond that it is a loop that re-raises, and the first ones tell the story."""
STACK_TRACE_CHARACTERS_MAX = 20_000
MESSAGE_CHARACTERS_MAX = 20_000
"""Far below the limit of a payload, so that a failure can always be stored."""

_KINDS: tuple[tuple[type[BaseException], common_pb2.FailureKind], ...] = (
    (errors.ActivityError, common_pb2.FAILURE_KIND_ACTIVITY),
    (errors.TimeoutError, common_pb2.FAILURE_KIND_TIMEOUT),
    (errors.CanceledError, common_pb2.FAILURE_KIND_CANCELED),
    (errors.Cancelled, common_pb2.FAILURE_KIND_CANCELED),
    (errors.TerminatedError, common_pb2.FAILURE_KIND_TERMINATED),
    (errors.WorkerLostError, common_pb2.FAILURE_KIND_WORKER_LOST),
    (errors.LimitError, common_pb2.FAILURE_KIND_LIMIT),
)

_TIMEOUTS = {
    errors.TimeoutKind.UNSPECIFIED: common_pb2.TIMEOUT_KIND_UNSPECIFIED,
    errors.TimeoutKind.START_TO_CLOSE: common_pb2.TIMEOUT_KIND_START_TO_CLOSE,
    errors.TimeoutKind.SCHEDULE_TO_START: common_pb2.TIMEOUT_KIND_SCHEDULE_TO_START,
    errors.TimeoutKind.SCHEDULE_TO_CLOSE: common_pb2.TIMEOUT_KIND_SCHEDULE_TO_CLOSE,
    errors.TimeoutKind.HEARTBEAT: common_pb2.TIMEOUT_KIND_HEARTBEAT,
}


def to_failure(error: BaseException) -> common_pb2.Failure:
    """The failure that tells of `error` and of its chain of causes."""
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and len(chain) < CAUSES_MAX and not any(link is seen for seen in chain):
        chain.append(link)
        link = _cause(link)
    failure: common_pb2.Failure | None = None
    for link in reversed(chain):
        failure = _one(link, failure)
    assert failure is not None
    return failure


def from_failure(failure: common_pb2.Failure) -> errors.FailureError:
    """The exception that a failure stands for, its causes as `__cause__`."""
    error = _bare(failure)
    error.failure = failure
    if failure.HasField("cause"):
        error.__cause__ = from_failure(failure.cause)
    return error


def _cause(error: BaseException) -> BaseException | None:
    if error.__cause__ is not None:
        return error.__cause__
    return None if error.__suppress_context__ else error.__context__


def _one(error: BaseException, cause: common_pb2.Failure | None) -> common_pb2.Failure:
    kept = error.failure if isinstance(error, errors.FailureError) else None
    failure = common_pb2.Failure()
    if kept is not None:
        failure.CopyFrom(kept)
        failure.ClearField("cause")
    else:
        _describe(error, failure)
    if error.__traceback__ is not None:
        failure.stack_trace = _stack(error)
    if cause is not None:
        failure.cause.CopyFrom(cause)
    return failure


def _describe(error: BaseException, failure: common_pb2.Failure) -> None:
    failure.kind = next(
        (kind for cls, kind in _KINDS if isinstance(error, cls)), common_pb2.FAILURE_KIND_APPLICATION
    )
    failure.type = _text(type(error).__name__)
    failure.message = _text(_message(error))[:MESSAGE_CHARACTERS_MAX]
    if isinstance(error, errors.ApplicationError):
        failure.type = _text(error.type)
        failure.non_retryable = error.non_retryable
    elif isinstance(error, errors.LimitError):
        failure.type = _text(error.type) or failure.type
    elif isinstance(error, errors.TimeoutError):
        failure.timeout = _TIMEOUTS[error.kind]
    if isinstance(error, (errors.ApplicationError, errors.CanceledError)) and error.details is not None:
        failure.details.CopyFrom(_details(error.details))


def _details(value: object) -> common_pb2.Payload:
    """Details never hide the failure that they tell of: what is no JSON is told as text."""
    try:
        return converter.encode(value, field="details")
    except errors.PayloadError:
        return converter.encode(_text(errors.shown(value)), field="details")


def _message(error: BaseException) -> str:
    if isinstance(error, errors.FailureError):
        return error.message
    try:
        return str(error)
    except Exception:
        return f"<{type(error).__name__} whose str() raises>"


def _stack(error: BaseException) -> str:
    """Where it was raised. The last frames are kept: they are nearest to the fault.

    Lines without the marks below them: for these Python parses each line anew, which takes ten times as long.
    """
    text = "".join(traceback.format_list([_place(*at) for at in traceback.walk_tb(error.__traceback__)]))
    return _text(text[-STACK_TRACE_CHARACTERS_MAX:])


def _place(frame: FrameType, number: int) -> tuple[str, int, str, str]:
    code = frame.f_code
    line = linecache.getline(code.co_filename, number, frame.f_globals)
    return code.co_filename, number, code.co_name, line


def _text(text: str) -> str:
    """Text that a proto can hold: lone surrogates are escaped."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _bare(failure: common_pb2.Failure) -> errors.FailureError:
    message = failure.message
    kind = failure.kind
    if kind == common_pb2.FAILURE_KIND_TIMEOUT:
        return errors.TimeoutError(message, kind=errors.TimeoutKind(failure.timeout))
    if kind == common_pb2.FAILURE_KIND_CANCELED:
        return errors.CanceledError(message, details=_details_of(failure))
    if kind == common_pb2.FAILURE_KIND_TERMINATED:
        return errors.TerminatedError(message)
    if kind == common_pb2.FAILURE_KIND_WORKER_LOST:
        return errors.WorkerLostError(message)
    if kind == common_pb2.FAILURE_KIND_LIMIT:
        return errors.LimitError(message, type=failure.type)
    if kind == common_pb2.FAILURE_KIND_ACTIVITY:
        return errors.ActivityError(message, activity_type="")
    return errors.ApplicationError(
        message, type=failure.type, non_retryable=failure.non_retryable, details=_details_of(failure)
    )


def _details_of(failure: common_pb2.Failure) -> object:
    """The details' value; what cannot be read is None: the failure matters more than its trimmings."""
    try:
        return converter.decode(failure.details if failure.HasField("details") else None, field="details")
    except errors.PayloadError:
        return None
