"""Scenario 37: what a step costs does not depend on how many came before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.harness.backends import POSTGRES_REDIS, Backend
from tests.e2e.harness.stack import STREAMING, Stack

pytestmark = pytest.mark.timing

STEPS = 2_000
RATIO_MAX = 1.3
SAMPLES = 3


@pytest.fixture
def stack(backend_of: Callable[[str, str], Backend], tmp_path: Path) -> Iterator[Stack]:
    """Postgres and Redis, an engine and a worker."""
    made = Stack(backend_of(POSTGRES_REDIS, "sequence"), STREAMING, tmp_path)
    try:
        made.start_engine()
        made.start_worker()
        made.warm_up()
        yield made
    finally:
        made.stop()


def sample(stack: Stack, workflow: str) -> None:
    hundreds = stack.start(workflow, STEPS, wait=60).result(300)
    assert len(hundreds) == STEPS // 100
    shown = ", ".join(f"{seconds:.2f}" for seconds in hundreds)
    assert hundreds[-1] <= RATIO_MAX * hundreds[0], f"seconds of each hundred steps: {shown}"


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
