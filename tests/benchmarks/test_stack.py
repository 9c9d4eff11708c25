"""What the benchmarks' own processes are told."""

from __future__ import annotations

import pytest
from sched_sdk.settings import Settings

from benchmarks.ours.stack import slots_of
from benchmarks.servers.process import environment_with


@pytest.mark.parametrize(("asked", "expected"), [(500, 500), (None, Settings().workflow_slots)])
def test_a_worker_has_the_slots_that_its_run_asks_for(
    asked: int | None, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not those of whoever runs the benchmarks."""
    monkeypatch.setenv("SCHED_WORKFLOW_SLOTS", "7")
    read = Settings.from_environment(environment_with(slots_of(asked)))
    assert (read.workflow_slots, read.activity_slots) == (expected, expected)
