"""The committing threads as the event loop sees them, where one input comes after the other."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from functools import partial

import pytest
import uvloop

from tests.store.committing import SECONDS, another
from tests.store.databases import Database
from tests.store.driver import start
from tests.store.wire import wire_to
from timers.trouble import Trouble
from workflows.core.inputs import StartRequested
from workflows.core.transition import Reply, Started, Transition
from workflows.service.commits import ALONE_SECONDS, Commits
from workflows.store.group_commit import GroupCommit
from workflows.store.lanes import LONE_MIN, Lane
from workflows.store.postgres import PostgresBackend
from workflows.store.work import Committed

END_SESSIONS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND application_name = 'sched-writer'"
)


class Named(PostgresBackend):
    """The real one; notes which thread has written, and with how much company."""

    writers: list[str]

    def write(self, transitions: Sequence[Transition]) -> bool:
        self.writers.append(threading.current_thread().name)
        return super().write(transitions)


class Loop:
    """Commits on this event loop."""

    def __init__(self, dsn: str) -> None:
        self.writers: list[str] = []
        self.told: list[Committed] = []
        self._dsn = dsn
        self.commits = Commits(self._writer, self.told.append)

    async def start(self, workflow_id: str = "") -> Reply:
        return await self.commits.submit(start(workflow_id), Lane.REQUESTS)

    async def start_one_by_one(self, count: int) -> None:
        for _ in range(count):
            await self.start()

    def _writer(self, on_commit: object) -> GroupCommit:
        return GroupCommit(self._backend, on_commit, trouble=Trouble())  # type: ignore[arg-type]

    def _backend(self) -> PostgresBackend:
        backend = Named(self._dsn, require_durability=False)
        backend.writers = self.writers
        return backend


@asynccontextmanager
async def committing(dsn: str) -> AsyncIterator[Loop]:
    loop = Loop(dsn)
    loop.commits.start()
    try:
        yield loop
    finally:
        await loop.commits.stop()


async def test_who_comes_alone_is_committed_on_the_event_loop(postgres: Database) -> None:
    """From the fourth input on at the latest: the thread may be on its way back when the first ones come."""
    async with committing(postgres.target) as loop:
        await loop.start_one_by_one(10 * LONE_MIN)
        assert loop.writers[:LONE_MIN] == ["sched-writer"] * LONE_MIN
        assert "MainThread" in loop.writers
        assert len(loop.told) == len(loop.writers)


async def test_who_comes_together_is_committed_together(postgres: Database) -> None:
    """By the thread, while the loop takes in what comes next."""
    async with committing(postgres.target) as loop:
        await loop.start_one_by_one(10 * LONE_MIN)
        before = len(loop.told)
        given: list[tuple[StartRequested, int, str]] = [(start(), 0, "") for _ in range(20)]
        replies = await loop.commits.submit_all(given, Lane.REQUESTS)
        assert all(isinstance(reply, Started) for reply in replies)
        assert len(loop.told) == before + 1
        assert loop.writers[-1] == "sched-writer"
        await loop.start()
        assert loop.writers[-1] == "sched-writer"


async def test_a_late_answer_is_waited_for_by_the_thread(postgres: Database) -> None:
    """And the loop goes on with what else there is."""
    with wire_to(postgres.target) as (wire, dsn):
        async with committing(dsn) as loop:
            await loop.start()
            while loop.writers[-1] != "MainThread":
                await loop.start()
            wire.hush()
            before = len(loop.writers)
            late = asyncio.create_task(loop.start("late"))
            while len(loop.writers) == before:  # noqa: ASYNC110 - a turn of the loop or two, and no more
                await asyncio.sleep(0)
            assert loop.writers[-1] == "MainThread"
            others = [asyncio.create_task(loop.start(f"other-{number}")) for number in range(3)]
            await asyncio.sleep(4 * ALONE_SECONDS)
            assert not late.done()
            wire.speak()
            for reply in await asyncio.wait_for(asyncio.gather(late, *others), SECONDS):
                assert isinstance(reply, Started)


async def test_a_session_that_ends_meanwhile(postgres: Database) -> None:
    """Nothing more comes from its socket; what came alone is answered by another."""
    async with committing(postgres.target) as loop:
        await loop.start()
        for _ in range(3):
            while loop.writers[-1] != "MainThread":
                await loop.start()
            before = len(loop.writers)
            orphan = asyncio.create_task(loop.start())
            while len(loop.writers) == before:  # noqa: ASYNC110 - a turn of the loop or two, and no more
                await asyncio.sleep(0)
            with another(postgres) as connection:
                connection.execute(END_SESSIONS)
            assert isinstance(await asyncio.wait_for(orphan, SECONDS), Started)


@pytest.mark.parametrize("count", [1, 200])
async def test_it_stops_behind_what_is_under_way(postgres: Database, count: int) -> None:
    """Every input that was sent is answered."""
    async with committing(postgres.target) as loop:
        await loop.start_one_by_one(3 * LONE_MIN)
        waiting = [asyncio.create_task(loop.start()) for _ in range(count)]
        await asyncio.sleep(0)
    for reply in await asyncio.wait_for(asyncio.gather(*waiting), SECONDS):
        assert isinstance(reply, Started)


@pytest.mark.parametrize(
    "scenario",
    [
        test_who_comes_alone_is_committed_on_the_event_loop,
        test_who_comes_together_is_committed_together,
        test_a_late_answer_is_waited_for_by_the_thread,
        test_a_session_that_ends_meanwhile,
        partial(test_it_stops_behind_what_is_under_way, count=1),
        partial(test_it_stops_behind_what_is_under_way, count=200),
    ],
)
def test_it_is_the_same_on_uvloop(
    postgres: Database, scenario: Callable[[Database], Coroutine[None, None, None]]
) -> None:
    """The event loop of engines has its own way to watch sockets."""
    uvloop.run(scenario(postgres))
