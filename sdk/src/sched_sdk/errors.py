"""The errors of the SDK.

    SchedError
    ├── ArgumentError            a value that a call does not accept: field, value, rule   (is a ValueError)
    ├── PayloadError             a value that is no JSON, or JSON that is no value
    │   └── PayloadTooLarge      more than 2 MiB
    ├── FailureError             something failed in a run; what the engine keeps as a Failure
    │   ├── ApplicationError     an exception of user code, or one raised on purpose: type, details, non_retryable
    │   ├── ActivityError        an activity failed; `cause` says how
    │   ├── TimeoutError         a time limit was reached; `kind` says which
    │   ├── CanceledError        an activity or a timer was cancelled
    │   ├── TerminatedError      a run was terminated
    │   ├── WorkerLostError      five workers were lost with the same attempt
    │   └── LimitError           a limit of the engine, as HISTORY_LIMIT
    ├── WorkflowFailed           a run ended otherwise than COMPLETED; `status`, `cause`
    ├── WorkflowAlreadyStarted   the workflow id is taken; `run_id` has it
    ├── NotFound                 no such workflow or run
    ├── RpcError                 the engine refused a call, or cannot be reached: code, reason, message
    ├── NonDeterminismError      the code does not do again what the history says it did
    └── RegistrationError        a function that cannot be a workflow or an activity, or a name that is taken

    asyncio.CancelledError
    └── Cancelled                raised once at the current wait of a workflow or activity that is asked to stop

Guarantees: every error can be caught as SchedError, but for Cancelled, which `except Exception` must not swallow.
"""

# ruff: noqa: A001, A002 - `TimeoutError` and `type` are the words that people know from elsewhere

import asyncio
import enum
from typing import Any

from sched_sdk.proto.v1 import common_pb2

VALUE_SHOWN_MAX = 80
"""Characters of a refused value that a message repeats: enough to recognise it, too few to fill a log."""


def shown(value: object) -> str:
    """`value` as messages show it: its repr, shortened."""
    try:
        text = repr(value)
    except Exception:
        text = f"<{type(value).__name__}>"
    return text if len(text) <= VALUE_SHOWN_MAX else text[: VALUE_SHOWN_MAX - 1] + "…"


class SchedError(Exception):
    """The root of what this package raises."""


class ArgumentError(SchedError, ValueError):
    """A call was given a value that it does not accept."""

    def __init__(self, field: str, value: object, rule: str) -> None:
        super().__init__(f"{field}: {shown(value)}: {rule}")
        self.field = field
        self.value = value
        self.rule = rule


class PayloadError(SchedError):
    """A value cannot be written as JSON, or a payload cannot be read as JSON."""


class PayloadTooLarge(PayloadError):
    """A payload is larger than the engine takes."""

    def __init__(self, field: str, size_bytes: int, limit_bytes: int) -> None:
        super().__init__(f"{field}: {size_bytes} bytes of JSON: at most {limit_bytes} are allowed")
        self.size_bytes = size_bytes
        self.limit_bytes = limit_bytes


class TimeoutKind(enum.Enum):
    """Which limit was reached."""

    UNSPECIFIED = 0
    START_TO_CLOSE = 1
    SCHEDULE_TO_START = 2
    SCHEDULE_TO_CLOSE = 3
    HEARTBEAT = 4


class FailureError(SchedError):
    """Something failed in a run. `failure` is what the engine keeps of it, once the engine has seen it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
        self.failure: common_pb2.Failure | None = None

    @property
    def cause(self) -> BaseException | None:
        """Why, if something else was the reason."""
        return self.__cause__


class ApplicationError(FailureError):
    """An exception of user code.

    Args:
        message: For people.
        type: What retry policies and callers compare; the name of the class unless told otherwise.
        non_retryable: True: the attempt is the last, whatever the policy says.
        details: Any JSON value.
    """

    def __init__(
        self, message: str, *, type: str | None = None, non_retryable: bool = False, details: Any = None
    ) -> None:
        super().__init__(message)
        self.type = self.__class__.__name__ if type is None else type
        self.non_retryable = non_retryable
        self.details = details


class ActivityError(FailureError):
    """An activity failed for good; `cause` says how."""

    def __init__(self, message: str, *, activity_type: str, scheduled: int = 0, attempt: int = 0) -> None:
        super().__init__(message)
        self.activity_type = activity_type
        self.scheduled = scheduled
        self.attempt = attempt


class TimeoutError(FailureError):
    """A time limit was reached."""

    def __init__(self, message: str, *, kind: TimeoutKind = TimeoutKind.UNSPECIFIED) -> None:
        super().__init__(message)
        self.kind = kind


class CanceledError(FailureError):
    """An activity, a timer or a run was cancelled: an ordinary error. A workflow's own cancellation is `Cancelled`."""

    def __init__(self, message: str = "cancelled", *, details: Any = None) -> None:
        super().__init__(message)
        self.details = details


class TerminatedError(FailureError):
    """A run was terminated."""


class WorkerLostError(FailureError):
    """Five workers were lost with the same attempt."""


class LimitError(FailureError):
    """A limit of the engine was reached; `type` names it, as HISTORY_LIMIT."""

    def __init__(self, message: str, *, type: str = "") -> None:
        super().__init__(message)
        self.type = type


class WorkflowFailed(SchedError):
    """A run ended otherwise than COMPLETED.

    `status` is one of FAILED, CANCELED, TERMINATED, TIMED_OUT; `cause` is the failure, as an exception.
    """

    def __init__(
        self, message: str, *, workflow_id: str = "", run_id: str = "", status: str = "FAILED"
    ) -> None:
        super().__init__(message)
        self.workflow_id = workflow_id
        self.run_id = run_id
        self.status = status

    @property
    def cause(self) -> BaseException | None:
        """Why, if it failed."""
        return self.__cause__


class RpcError(SchedError):
    """The engine refused a call, or cannot be reached."""

    def __init__(self, message: str, *, code: str = "UNKNOWN", reason: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason


class WorkflowAlreadyStarted(SchedError):
    """The workflow id is taken, and the policies do not let it be used again."""

    def __init__(self, message: str, *, workflow_id: str = "", run_id: str = "") -> None:
        super().__init__(message)
        self.workflow_id = workflow_id
        self.run_id = run_id


class NotFound(SchedError):
    """No such workflow or run."""


class NonDeterminismError(SchedError):
    """The code does not do again what the history says it did.

    Args:
        problem: The sentence for people: what history holds and what the code did.
        event: Number and name of the event, as "7 ActivityTaskScheduled", or "" where history ends.
        command: The command as the code issued it, or "".
        location: "file:line" of the workflow code that issued it, or "".
    """

    def __init__(self, problem: str, *, event: str = "", command: str = "", location: str = "") -> None:
        super().__init__(problem)
        self.event = event
        self.command = command
        self.location = location


class RegistrationError(SchedError):
    """A function cannot be registered as a workflow or an activity."""


class Cancelled(asyncio.CancelledError):
    """The workflow, or the activity, is asked to stop. Raised once, at the current wait (or heartbeat)."""
