"""How a command ends: its exit status, and what it says of an error on standard error."""

import enum
from dataclasses import dataclass, field
from typing import Any

import grpc

from sched_sdk.errors import ArgumentError, PayloadError, shown
from sched_sdk.refusals import RefusedError
from sched_sdk.settings import SettingError


class Exit(enum.IntEnum):
    """The statuses. 130 is Ctrl-C, as shells have it."""

    DONE = 0
    REFUSED = 1
    """By the engine; or by who was asked to confirm."""
    USAGE = 2
    """Nothing was sent."""
    UNREACHABLE = 3
    """No answer; a start or a signal may have had its effect."""
    FAILED = 4
    """The workflow ended otherwise than COMPLETED."""
    RUNNING = 5
    """The workflow is still running when the wait is over."""
    INTERRUPTED = 130


ERRORS = (RefusedError, ArgumentError, PayloadError, SettingError, UnicodeEncodeError)
"""What a command may end with. Anything else is a bug, and shown as one."""

_UNREACHABLE = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)
_KEY = "set SCHED_API_KEY, or --api-key-file,"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """An error, to be told.

    Attributes:
        exit: The status.
        code: Stable, for programs: the engine's reason, or INVALID for what was not sent.
        detail: The sentence.
        errors: Field, value where it is known apart, and rule.
        run_id: Of the run that is in the way, if one is.
        advice: What to do about it, or "".
    """

    exit: Exit
    code: str
    detail: str
    errors: list[dict[str, str]] = field(default_factory=list)
    run_id: str = ""
    advice: str = ""

    def document(self) -> dict[str, Any]:
        """As REST tells it, with the exit status."""
        return {
            "code": self.code,
            "detail": self.detail,
            "errors": self.errors,
            "runId": self.run_id or None,
            "advice": self.advice or None,
            "exit": int(self.exit),
        }

    def lines(self) -> list[str]:
        """For people."""
        head = {Exit.REFUSED: "refused", Exit.UNREACHABLE: "no answer"}.get(self.exit, "wrong usage")
        return [f"{head}: {self.detail}", *([self.advice] if self.advice else [])]


def problem_of(error: BaseException, address: str) -> Problem:
    """One of `ERRORS`, told."""
    match error:
        case RefusedError():
            return _refusal(error, address)
        case ArgumentError():
            told = {"field": error.field, "value": shown(error.value), "rule": error.rule}
            return Problem(exit=Exit.USAGE, code="INVALID", detail=str(error), errors=[told])
        case SettingError():
            told = {"field": error.name, "rule": error.allowed}
            return Problem(exit=Exit.USAGE, code="INVALID", detail=str(error), errors=[told])
        case UnicodeEncodeError():
            return Problem(exit=Exit.USAGE, code="INVALID", detail="an argument is not text in UTF-8")
        case _:
            name, _, rule = str(error).partition(": ")
            errors = [{"field": name, "rule": rule}]
            return Problem(exit=Exit.USAGE, code="INVALID", detail=str(error), errors=errors)


def _refusal(error: RefusedError, address: str) -> Problem:
    said = error.refusal
    unreachable = said.status in _UNREACHABLE
    return Problem(
        exit=Exit.UNREACHABLE if unreachable else Exit.REFUSED,
        code=said.reason or said.status.name,
        detail=f"{address}: {error}" if unreachable else str(error),
        errors=[{"field": each.field, "rule": each.rule} for each in said.violations],
        run_id=said.metadata.get("run_id", ""),
        advice=_advice(said.status),
    )


def _advice(status: grpc.StatusCode) -> str:
    match status:
        case grpc.StatusCode.UNAUTHENTICATED:
            return f"The engine wants an API key that it knows: {_KEY} to one."
        case grpc.StatusCode.PERMISSION_DENIED:
            return f"The API key does not allow this: {_KEY} to one that does."
        case grpc.StatusCode.UNAVAILABLE:
            return (
                "Is it the address of an engine that runs? Set ENGINE_ADDRESS, or --address; "
                "SCHED_TLS_CA if it serves TLS."
            )
        case grpc.StatusCode.DEADLINE_EXCEEDED:
            return "It may have been done all the same. --timeout gives the engine more time."
    return ""
