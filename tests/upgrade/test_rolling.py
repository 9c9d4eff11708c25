"""Old and new engines and workers on one Postgres and one Redis: an upgrade under work, and the way back."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.e2e.harness.processes import ROOT
from tests.upgrade.fleet import Fleet
from tests.upgrade.work import begin, run_small

pytestmark = [pytest.mark.e2e, pytest.mark.redis]
NEW = ROOT


def test_upgrade(fleet: Fleet, old: Path, tmp_path: Path) -> None:
    """Migrate, engines, workers, in this order, while workflows go on; each of them ends as if nothing had been."""
    first, second = fleet.places
    fleet.migrate(old)
    old_engine = fleet.start_engine(old, first)
    old_worker = fleet.start_worker(old)
    work = begin(first.client, tmp_path / "begun-by-old")
    work.wait_until_under_way(first.client)
    work.signal(first.client, 0)

    fleet.migrate(NEW)
    work.wait_for_ticks(first.client)
    new_engine = fleet.start_engine(NEW, second)
    run_small(first.client, second.client)
    run_small(second.client, first.client)
    work.signal(second.client, 1)
    later = begin(second.client, tmp_path / "begun-by-new")

    fleet.lead_to(second.port)
    old_engine.send(signal.SIGTERM)
    assert old_engine.ended() == 0
    assert run_small(second.client, second.client).activity_task_completed.identity.endswith(
        f":{old_worker.pid}"
    )
    work.wait_for_ticks(second.client)
    work.signal(second.client, 2)

    new_worker = fleet.start_worker(NEW)
    old_worker.send(signal.SIGTERM)
    assert old_worker.ended() == 0
    assert run_small(second.client, second.client).activity_task_completed.identity.endswith(
        f":{new_worker.pid}"
    )
    work.signal(second.client, 3)
    for number in range(4):
        later.signal(second.client, number)
    later.wait_until_under_way(second.client)
    work.finish(second.client)
    later.finish(second.client)
    assert new_engine.returncode is None
    fleet.fsck(NEW)


def test_rollback(fleet: Fleet, old: Path, tmp_path: Path) -> None:
    """The new code is taken back, and the database stays: old engines go on with what the new ones have begun."""
    first, second = fleet.places
    fleet.migrate(old)
    old_engine = fleet.start_engine(old, first)
    fleet.start_worker(old)
    work = begin(first.client, tmp_path / "begun-by-old")
    work.wait_until_under_way(first.client)
    fleet.migrate(NEW)
    new_engine = fleet.start_engine(NEW, second)
    fleet.lead_to(second.port)
    old_engine.send(signal.SIGTERM)
    assert old_engine.ended() == 0
    later = begin(second.client, tmp_path / "begun-by-new")
    later.wait_until_under_way(second.client)
    work.signal(second.client, 0)
    later.signal(second.client, 0)

    fleet.start_engine(old, first)
    fleet.lead_to(first.port)
    new_engine.send(signal.SIGTERM)
    assert new_engine.ended() == 0
    run_small(first.client, first.client)
    for each in (work, later):
        each.wait_for_ticks(first.client)
        for number in range(1, 4):
            each.signal(first.client, number)
        each.finish(first.client)
    fleet.fsck(old)
    fleet.fsck(NEW)
