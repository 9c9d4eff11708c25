"""What is hidden from who may not see payloads."""

from __future__ import annotations

import pytest

from workflows.api.shapes import Shapes
from workflows.core.values import Failure, FailureKind, Payload

CAUSE = Failure(kind=FailureKind.APPLICATION, type="KeyError", message="card 4242", stack_trace="at 4242")
FAILURE = Failure(
    kind=FailureKind.ACTIVITY,
    type="Declined",
    message="card 4242 declined",
    stack_trace="charge(4242)",
    details=Payload(b'"4242"'),
    cause=CAUSE,
)


def test_failures_are_told_without_what_they_are_made_of() -> None:
    """Kind and type, down the chain of causes; messages, stack traces and details hold data as a rule."""
    hidden = Shapes(payloads=False).failure(FAILURE)
    assert hidden is not None
    assert "4242" not in str(hidden)
    assert (hidden["type"], hidden["message"], hidden["stackTrace"]) == ("Declined", None, None)
    assert hidden["cause"]["type"] == "KeyError"
    shown = Shapes(payloads=True).failure(FAILURE)
    assert shown is not None
    assert (shown["message"], shown["cause"]["stackTrace"]) == ("card 4242 declined", "at 4242")


@pytest.mark.parametrize(
    ("problem", "told"),
    [
        ("ERROR: Traceback\n  charge(4242)", "ERROR"),
        ("WORKER_LOST: 5 deliveries of turn 3 were not answered", "WORKER_LOST"),
        ("no word\ncharge(4242): 1", "no word"),
        ("\n4242", None),
        ("damaged: memo cannot be read; `manage.py fsck` says more",) * 2,
        ("", None),
    ],
)
def test_of_problems_the_kind_is_told(problem: str, told: str | None) -> None:
    """What comes before the first colon or line break; what tells of damage is whole."""
    assert Shapes(payloads=False).problem(problem) == told
    assert Shapes(payloads=True).problem(problem) == (problem or None)
