"""`manage.py fsck --repair` beside a running engine: what was damaged is whole again, and goes on by itself."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.e2e.harness.backends import EMBEDDED, POSTGRES_REDIS, Backend
from tests.e2e.harness.processes import ROOT, clean_environment
from tests.e2e.harness.stack import STREAMING, Stack
from workflows.store.sqlite import SqliteBackend

DAMAGES = (
    "DELETE FROM sched_tasks",
    "DELETE FROM sched_timers",
    "UPDATE sched_executions SET turns = turns + 3, last_event = last_event - 1",
    "DELETE FROM sched_current_runs",
)


@pytest.fixture(params=[EMBEDDED, POSTGRES_REDIS])
def mendable(
    request: pytest.FixtureRequest, backend_of: Callable[[str, str], Backend], tmp_path: Path
) -> Iterator[Stack]:
    """An engine and a worker, on a database that can be damaged."""
    stack = Stack(backend_of(request.param, "mendable"), STREAMING, tmp_path)
    try:
        stack.start_engine()
        yield stack
    finally:
        stack.stop()


def damage(backend: Backend) -> None:
    """Rows that every workflow needs are gone, or wrong."""
    dsn = backend.variables.get("SCHED_POSTGRES_DSN")
    if dsn is not None:
        with psycopg.connect(dsn) as connection:
            for statement in DAMAGES:
                connection.execute(statement.encode())
        return
    file = SqliteBackend(backend.variables["SCHED_DATABASE_PATH"])
    file.connect()
    for statement in DAMAGES:
        file._open.execute(statement)
    file.close()


def fsck(backend: Backend, *arguments: str) -> tuple[int, list[dict[str, Any]]]:
    """Exit status, and what was told."""
    done = subprocess.run(
        [sys.executable, "manage.py", "fsck", "--json", *arguments],
        cwd=ROOT,
        env=clean_environment(backend.variables),
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.stderr
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def test_what_was_damaged_goes_on_after_the_repair(mendable: Stack) -> None:
    """A sleep, a wait for a signal, and a turn that waits for a worker: rows gone, header wrong, the engine running."""
    worker = mendable.start_worker()
    sleeping, listening = mendable.start("Nap", 5.0), mendable.start("SignalDemo")
    mendable.wait_until(sleeping, "WS, Y, TS")
    mendable.wait_until(listening, "WS, Y, TS")
    worker.stop()
    doubling = mendable.start("Doubling", 20)
    assert fsck(mendable.backend)[0] == 0

    damage(mendable.backend)
    status, found = fsck(mendable.backend)
    assert status == 1
    assert {each["rule"] for each in found[:-1]} == {"header", "task-missing", "timer-missing", "current-run"}
    status, repaired = fsck(mendable.backend, "--repair")
    assert status == 0
    assert all(each["repaired"] for each in repaired[:-1])
    assert repaired[-1]["repaired"] == len(found) - 1
    assert fsck(mendable.backend)[0] == 0

    mendable.start_worker()
    listening.signal("go", "on")
    assert doubling.result(60) == 41
    assert listening.result(60) == "got go=on"
    assert sleeping.result(60) == "rested"
    mendable.wait_until(sleeping, "WS, Y, TS, TF, Y, WC")
    mendable.wait_until(listening, "WS, Y, TS, SR, Y, TX, WC")
    mendable.wait_until(doubling, "WS, Y, AS, AC, Y, WC")
    assert fsck(mendable.backend)[0] == 0
