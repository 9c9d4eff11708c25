"""Exceptions to failures and back."""

import pytest
from sched_sdk import errors
from sched_sdk.failures import CAUSES_MAX, from_failure, to_failure
from sched_sdk.proto.v1 import common_pb2


def _raised(error: BaseException) -> BaseException:
    try:
        raise error
    except BaseException as caught:
        return caught


def test_any_exception_has_a_failure() -> None:
    """Class name, message, and where it was raised."""
    failure = to_failure(_raised(ValueError("no stock")))
    assert (failure.kind, failure.type, failure.message) == (
        common_pb2.FAILURE_KIND_APPLICATION, "ValueError", "no stock",
    )  # fmt: skip
    assert "_raised" in failure.stack_trace


def test_the_chain_of_causes_is_kept() -> None:
    """`from` before context; `from None` ends it; a cycle and a long chain are cut."""
    outer = ValueError("outer")
    outer.__context__ = KeyError("context")
    assert to_failure(outer).cause.type == "KeyError"
    outer.__cause__ = TypeError("cause")
    assert to_failure(outer).cause.type == "TypeError"
    outer.__cause__ = None
    outer.__suppress_context__ = True
    assert not to_failure(outer).HasField("cause")
    one, two = ValueError("1"), ValueError("2")
    one.__cause__, two.__cause__ = two, one
    assert not to_failure(one).cause.HasField("cause")


def test_a_long_chain_is_cut_at_its_far_end() -> None:
    """The first links tell the story."""
    last = first = ValueError("0")
    for number in range(1, 100):
        last.__cause__ = ValueError(str(number))
        last = last.__cause__
    depth, link = 1, to_failure(first)
    while link.HasField("cause"):
        depth, link = depth + 1, link.cause
    assert depth == CAUSES_MAX


def test_what_cannot_be_told_is_told_so() -> None:
    """A str() that raises, lone surrogates, details that are no JSON."""

    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert to_failure(Mute()).message == "<Mute whose str() raises>"
    assert to_failure(ValueError("\udc80")).message == "\\udc80"
    odd = errors.ApplicationError("x", details={1, 2})
    assert to_failure(odd).details.data == b'"{1, 2}"'


@pytest.mark.parametrize(
    "error",
    [
        errors.ApplicationError("no", type="NoStock", non_retryable=True, details={"left": 0}),
        errors.TimeoutError("slow", kind=errors.TimeoutKind.HEARTBEAT),
        errors.CanceledError("stop", details=[1]),
        errors.TerminatedError("ended"),
        errors.WorkerLostError("five times"),
        errors.LimitError("too long", type="HISTORY_LIMIT"),
        errors.ActivityError("failed", activity_type="A"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_failure_and_its_exception_are_the_same(error: errors.FailureError) -> None:
    """There and back, and there again, with the cause."""
    error.__cause__ = errors.ApplicationError("deeper", type="Deep")
    failure = to_failure(error)
    back = from_failure(failure)
    assert type(back) is type(error)
    assert str(back) == str(error)
    assert isinstance(back.cause, errors.ApplicationError)
    assert back.cause.type == "Deep"
    assert to_failure(back) == failure


def test_what_the_engine_kept_goes_back_unchanged() -> None:
    """Details in an encoding that is not ours, and the stack trace of another worker."""
    failure = common_pb2.Failure(
        kind=common_pb2.FAILURE_KIND_APPLICATION,
        type="X",
        stack_trace="there",
        details=common_pb2.Payload(encoding="other", data=b"\0"),
    )
    error = from_failure(failure)
    assert isinstance(error, errors.ApplicationError)
    assert error.details is None
    assert to_failure(error) == failure


def test_cancelled_is_not_swallowed_by_except_exception() -> None:
    """It is control flow; every other error of ours is a SchedError."""
    assert not issubclass(errors.Cancelled, Exception)
    assert to_failure(errors.Cancelled("why")).kind == common_pb2.FAILURE_KIND_CANCELED
    for error in (errors.ArgumentError, errors.WorkflowFailed, errors.NotFound, errors.NonDeterminismError):
        assert issubclass(error, errors.SchedError)
