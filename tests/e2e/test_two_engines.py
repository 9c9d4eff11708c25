"""Scenario 33: one execution, two engines, and everything at the same moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.harness import histories
from tests.e2e.harness.backends import POSTGRES_REDIS, Backend
from tests.e2e.harness.stack import STREAMING, Stack
from tests.e2e.harness.waiting import wait_for

pytestmark = pytest.mark.redis
COMPLETIONS = 50


@pytest.fixture
def stacks(backend_of: Callable[[str, str], Backend], tmp_path: Path) -> Iterator[list[Stack]]:
    """Two engines on one database and one Redis, each with a worker that takes half of the crowd."""
    backend = backend_of(POSTGRES_REDIS, "two-engines")
    with ExitStack() as made:
        found = []
        for name in ("one", "two"):
            folder = tmp_path / name
            folder.mkdir()
            found.append(Stack(backend, STREAMING, folder))
            made.callback(found[-1].stop)
            found[-1].start_engine()
            found[-1].start_worker(SCHED_ACTIVITY_SLOTS=str(COMPLETIONS // 2))
        yield found


def test_33_fifty_completions_at_once_through_two_engines(stacks: list[Stack], tmp_path: Path) -> None:
    """Fifty AC, no gap, one Y after them; each engine had half of them."""
    one, _ = stacks
    folder = tmp_path / "crowd"
    folder.mkdir()
    handle = one.start("Crowd", [str(folder), COMPLETIONS])
    wait_for(
        lambda: len(list(folder.glob("running-*"))) == COMPLETIONS,
        f"{COMPLETIONS} activities that run",
        seconds=60,
    )
    (folder / "go").touch()
    assert handle.result(60) == list(range(COMPLETIONS))
    events = one.wait_until(handle, f"WS, Y, {COMPLETIONS} AS, {COMPLETIONS} AC, Y, WC")
    completed = histories.attributes(events, "AC")
    assert {each.scheduled for each in completed} == set(range(3, 3 + COMPLETIONS))
    assert list(Counter(each.identity for each in completed).values()) == [COMPLETIONS // 2] * 2
    assert {(each.attempt, each.delivery) for each in completed} == {(1, 1)}
