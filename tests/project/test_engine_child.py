"""One of several engine processes: when it is started again, and when that is given up."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.rpc.peers import eventually
from workflows.management.processes import engine_child
from workflows.management.processes.engine_child import DidNotServe, EngineChild

SERVES = "import os, signal; print(os.getpid(), file=open({folder!r} + '/pids', 'a')); print('serves', flush=True); "
FOR_EVER = "signal.pause()"
LIMIT_SECONDS = 30.0


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Back-off is a matter of milliseconds."""
    monkeypatch.setattr(engine_child, "FIRST_DELAY_SECONDS", 0.001)


def child(script: str) -> EngineChild:
    return EngineChild(2, [sys.executable, "-I", "-S", "-c", script], os.environ)


def pids(folder: Path) -> list[int]:
    """Of those that have served, in their order."""
    path = folder / "pids"
    return [int(line) for line in path.read_text().split()] if path.exists() else []


async def until(condition: Callable[[], object]) -> None:
    async def holds() -> bool:
        return bool(condition())

    await eventually(holds, LIMIT_SECONDS)


async def test_a_dead_one_is_followed_by_another(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """One line says which, how it ended and when the next is started."""
    kept = child(SERVES.format(folder=str(tmp_path)) + FOR_EVER)
    keeping = asyncio.create_task(kept.keep())
    await until(lambda: len(pids(tmp_path)) == 1)
    with caplog.at_level(logging.WARNING):
        os.kill(pids(tmp_path)[0], signal.SIGKILL)
        await until(lambda: len(pids(tmp_path)) == 2)
    kept.kill()
    assert not await keeping
    assert [record.getMessage() for record in caplog.records] == [
        "engine process 2 was ended by SIGKILL; it is started again in 0.002 s"
    ]


async def test_one_that_never_served_is_not_started_again() -> None:
    """Its first end says that it cannot; how it ended is in the error."""
    with pytest.raises(DidNotServe, match="engine process 2 ended with status 3 before it served"):
        await child("raise SystemExit(3)").keep()


async def test_one_that_has_served_may_fail_to_start_for_a_while(tmp_path: Path) -> None:
    """As while the database is away: it is tried again and again, at growing intervals."""
    script = (
        f"import os; from pathlib import Path; runs = Path({str(tmp_path)!r}, 'pids'); "
        "before = runs.read_text().split() if runs.exists() else []; "
        "runs.write_text(' '.join([*before, str(os.getpid())])); "
        "print('serves', flush=True) if len(before) in (0, 4) else None; raise SystemExit(1)"
    )
    kept = child(script)
    keeping = asyncio.create_task(kept.keep())
    await until(lambda: len(pids(tmp_path)) > 5)
    kept.stop()
    await keeping


async def test_it_ends_in_order_when_asked(tmp_path: Path) -> None:
    """Status 0 after SIGTERM; no other process follows."""
    script = "import signal; signal.signal(signal.SIGTERM, lambda *_: exit()); "
    kept = child(script.replace("exit()", "os._exit(0)") + SERVES.format(folder=str(tmp_path)) + FOR_EVER)
    keeping = asyncio.create_task(kept.keep())
    await until(kept.serves.is_set)
    kept.stop()
    assert await keeping
    assert len(pids(tmp_path)) == 1


async def test_asked_during_the_back_off_it_starts_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And need not be waited for."""
    monkeypatch.setattr(engine_child, "FIRST_DELAY_SECONDS", LIMIT_SECONDS)
    kept = child(SERVES.format(folder=str(tmp_path)))
    keeping = asyncio.create_task(kept.keep())
    await until(lambda: kept._process is not None and kept._process.returncode is not None)
    await until(kept.serves.is_set)
    kept.stop()
    async with asyncio.timeout(LIMIT_SECONDS / 2):
        assert await keeping


async def test_asked_before_it_was_started_it_is_not(tmp_path: Path) -> None:
    """A signal may come at any moment."""
    kept = child(SERVES.format(folder=str(tmp_path)) + FOR_EVER)
    kept.stop()
    assert await kept.keep()
    assert not pids(tmp_path)
