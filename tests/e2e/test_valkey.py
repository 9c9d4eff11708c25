"""Two engines on one Postgres and one Valkey."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.harness.backends import POSTGRES_REDIS, Backend
from tests.e2e.harness.stack import STREAMING, Stack

pytestmark = pytest.mark.redis


@pytest.fixture
def stacks(
    backend_of: Callable[[str, str], Backend], valkey_url: str, tmp_path: Path
) -> Iterator[tuple[Stack, Stack]]:
    """Each engine with a client of its own; one of them with the only worker."""
    backend = backend_of(POSTGRES_REDIS, "valkey")
    on_valkey = replace(backend, variables={**backend.variables, "SCHED_REDIS_URL": valkey_url})
    made = Stack(on_valkey, STREAMING, tmp_path), Stack(on_valkey, STREAMING, tmp_path)
    try:
        for stack in made:
            stack.start_engine()
        made[1].start_worker()
        made[1].warm_up()
        yield made
    finally:
        for stack in made:
            stack.stop()


def test_tasks_come_from_one_engine_to_the_other(stacks: tuple[Stack, Stack]) -> None:
    """What is started where no worker is goes through Valkey to where one is, and its result comes back."""
    one, other = stacks
    before = other.metric("sched_dispatch_taken_total", dispatcher="redis")
    for number in range(5):
        assert one.start("Doubling", number).result(30) == 2 * number + 1
    assert other.metric("sched_dispatch_taken_total", dispatcher="redis") >= before + 5
    assert one.healthz()["redis"] == other.healthz()["redis"] == "ok"
