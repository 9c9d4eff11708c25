"""Scenario 37: what a step costs does not depend on how many came before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from tests.e2e.harness.backends import POSTGRES_REDIS, Backend
from tests.e2e.harness.stack import Stack, warm_stack

pytestmark = pytest.mark.timing

STEPS = 2_000
HUNDRED = 100
SLICE = 10
"""Steps in turn with the other workflow."""
RATIO_MAX = 1.3
SAMPLES = 3


@pytest.fixture
def stack(backend_of: Callable[[str, str], Backend], tmp_path: Path) -> Iterator[Stack]:
    """Postgres and Redis, an engine and a worker."""
    with warm_stack(backend_of(POSTGRES_REDIS, "sequence"), tmp_path) as made:
        yield made


def sample(stack: Stack, workflow: str) -> None:
    """A workflow's last hundred steps in turn with another's first hundred, ten and ten.

    The two slices of a pair meet the machine at the same pace; the ratio of each pair is a sample.
    """
    slices = HUNDRED // SLICE

    def start(name: str, partner: str, **plan: Any) -> Any:
        plan = {"slices": slices, "steps": SLICE, "partner": partner, **plan}
        return stack.start(workflow, plan, workflow_id=name)

    fresh = start("fresh", "long", straight=0, passes=slices - 1)
    long = start("long", "fresh", straight=STEPS - HUNDRED, passes=slices)
    long.signal("go")
    pairs = list(zip(long.result(300), fresh.result(60), strict=True))
    assert len(pairs) == slices
    shown = ", ".join(f"{last:.3f} to {first:.3f}" for last, first in pairs)
    assert median(last / first for last, first in pairs) <= RATIO_MAX, f"seconds of {SLICE} steps: {shown}"


@pytest.mark.parametrize("workflow", ["Sequence", "TimedSequence"])
def test_37_the_last_hundred_of_two_thousand_steps_cost_what_the_first_did(
    stack: Stack, workflow: str
) -> None:
    """Where turns are eager, and where each is a task of its own."""
    sample(stack, workflow)


@pytest.mark.long
@pytest.mark.parametrize("workflow", ["Sequence", "TimedSequence"])
def test_37_several_times(stack: Stack, workflow: str) -> None:
    """In one engine and one worker."""
    for _ in range(SAMPLES):
        sample(stack, workflow)
