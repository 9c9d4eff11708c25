"""What each kind of leadership must do, and then what only the lease on Postgres does."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from subprocess import PIPE, Popen

import psycopg
import pytest

from timers.clock import FakeClock
from timers.leader import (
    IDLE_SESSION_TIMEOUT_MS,
    PING_EVERY,
    TRUST,
    Leadership,
    PostgresLeadership,
    SoleLeadership,
)

FAIL_OVER = 5.0
"""Seconds, as promised."""

CONTENDER = """
import asyncio, sys
from timers.leader import PostgresLeadership
def say(word):
    print(word, flush=True)
found = PostgresLeadership(sys.argv[1], key=int(sys.argv[2]), on_gain=lambda: say("gain"), on_loss=lambda: say("loss"))
asyncio.run(found.run())
"""

type Make = Callable[..., Leadership]


class Contender:
    """A leadership that runs, with what it said."""

    def __init__(self, make: Make) -> None:
        self.said: asyncio.Queue[str] = asyncio.Queue()
        self.leadership = make(
            on_gain=lambda: self.said.put_nowait("gain"), on_loss=lambda: self.said.put_nowait("loss")
        )
        self._running = asyncio.create_task(self.leadership.run())

    async def says(self) -> str:
        return await asyncio.wait_for(self.said.get(), FAIL_OVER)

    async def end(self) -> None:
        self.leadership.stop()
        await self._running


@pytest.fixture
def key() -> int:
    """A lock that no other test wants."""
    return secrets.randbits(62)


@pytest.fixture(params=["sole", "postgres"])
def make(request: pytest.FixtureRequest, key: int) -> Make:
    if request.param == "sole":
        return SoleLeadership
    dsn = request.getfixturevalue("postgres_dsn")
    return lambda **callbacks: PostgresLeadership(dsn, key=key, **callbacks)


async def test_one_alone_leads_until_it_is_told_to_stop(make: Make) -> None:
    """It says that it gained and that it lost, and agrees with that when asked."""
    contender = Contender(make)
    assert not contender.leadership.is_leader()
    assert await contender.says() == "gain"
    assert contender.leadership.is_leader()
    await contender.end()
    assert await contender.says() == "loss"
    assert not contender.leadership.is_leader()


async def test_one_that_never_led_says_nothing(make: Make) -> None:
    """There is no loss without a gain."""
    contender = Contender(make)
    await contender.end()
    assert contender.said.empty()


@pytest.fixture
async def contend(postgres_dsn: str, key: int) -> AsyncIterator[Callable[[], Contender]]:
    """Makes contenders for one lock, and ends them."""
    made: list[Contender] = []

    def one() -> Contender:
        made.append(Contender(lambda **callbacks: PostgresLeadership(postgres_dsn, key=key, **callbacks)))
        return made[-1]

    yield one
    for contender in made:
        await contender.end()


def holders(dsn: str, key: int) -> list[int]:
    """Backends that hold the lock."""
    query = """SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted
               AND classid::bigint << 32 | objid::bigint = %s"""
    with psycopg.connect(dsn, autocommit=True) as connection:
        return [row[0] for row in connection.execute(query, [key])]


def test_the_windows_fit_into_each_other() -> None:
    """A holder stops to trust itself before the server can forget it."""
    assert (TRUST + PING_EVERY) * 1000 <= IDLE_SESSION_TIMEOUT_MS


async def test_the_second_leads_when_the_first_resigns(contend: Callable[[], Contender]) -> None:
    """Resigning passes the lead on: the one that waits gains it."""
    first = contend()
    assert await first.says() == "gain"
    second = contend()
    await first.end()
    assert await first.says() == "loss"
    assert await second.says() == "gain"
    assert not first.leadership.is_leader()


async def test_a_killed_backend_costs_leadership_for_a_while_only(
    contend: Callable[[], Contender], postgres_dsn: str, key: int
) -> None:
    """Whoever wins then, there is one leader, and the old one has noticed before the new one leads."""
    first = contend()
    assert await first.says() == "gain"
    second = contend()
    began = time.monotonic()
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(%s)", holders(postgres_dsn, key))
    assert await first.says() == "loss"
    assert not second.leadership.is_leader()
    gained = [asyncio.create_task(one.says()) for one in (first, second)]
    done, pending = await asyncio.wait(gained, return_when=asyncio.FIRST_COMPLETED)
    assert time.monotonic() - began < FAIL_OVER
    assert [task.result() for task in done] == ["gain"]
    assert len([one for one in (first, second) if one.leadership.is_leader()]) == 1
    for task in pending:
        task.cancel()


async def test_trust_ends_with_the_clock_not_with_the_connection(postgres_dsn: str, key: int) -> None:
    """As in a process that was stopped: nothing has run since, and still it does not trust itself."""
    clock = FakeClock()
    contender = Contender(
        lambda **callbacks: PostgresLeadership(postgres_dsn, key=key, clock=clock, **callbacks)
    )
    clock.advance(1)
    assert await contender.says() == "gain"
    assert contender.leadership.is_leader()
    clock.advance(TRUST)
    assert not contender.leadership.is_leader()
    await contender.end()


@contextlib.contextmanager
def child(dsn: str, key: int) -> Iterator[Popen[str]]:
    """A contender in a process of its own."""
    root = Path(__file__).resolve().parents[2]
    with Popen([sys.executable, "-c", CONTENDER, dsn, str(key)], stdout=PIPE, text=True, cwd=root) as process:
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGCONT)
            process.kill()


async def _line(process: Popen[str]) -> str:
    assert process.stdout is not None
    return (await asyncio.to_thread(process.stdout.readline)).strip()


async def test_a_stopped_process_is_replaced_and_knows_it_when_it_wakes(
    contend: Callable[[], Contender], postgres_dsn: str, key: int
) -> None:
    """Its lease lapses within the fail over time; awake again it says that it lost."""
    with child(postgres_dsn, key) as frozen:
        assert await asyncio.wait_for(_line(frozen), 2 * FAIL_OVER) == "gain"
        second = contend()
        began = time.monotonic()
        frozen.send_signal(signal.SIGSTOP)
        assert await second.says() == "gain"
        assert time.monotonic() - began < FAIL_OVER
        frozen.send_signal(signal.SIGCONT)
        assert await asyncio.wait_for(_line(frozen), FAIL_OVER) == "loss"
        assert second.leadership.is_leader()


async def test_a_killed_process_is_replaced(
    contend: Callable[[], Contender], postgres_dsn: str, key: int
) -> None:
    """One that cannot resign is followed all the same."""
    with child(postgres_dsn, key) as killed:
        assert await asyncio.wait_for(_line(killed), 2 * FAIL_OVER) == "gain"
        second = contend()
        killed.kill()
        assert await second.says() == "gain"


async def test_an_unreachable_database_is_said_once(key: int, caplog: pytest.LogCaptureFixture) -> None:
    """Nobody leads, and the log is not flooded with one outage."""
    contender = Contender(
        lambda **callbacks: PostgresLeadership("postgresql://postgres@127.0.0.1:1/none", key=key, **callbacks)
    )
    async with asyncio.timeout(FAIL_OVER):
        while not caplog.records:  # noqa: ASYNC110 - the log has no event
            await asyncio.sleep(PING_EVERY / 100)
    await contender.end()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert not contender.leadership.is_leader()
