"""Matching and sessions when something fails beneath them: neither a queue nor a worker is forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from functools import partial

import psycopg
import pytest

from dispatch.memory import MemoryDispatcher
from tests.store.databases import Database
from tests.store.driver import Driver
from tests.store.test_interleavings import writer
from timers.clock import SystemClock
from workflows.core.inputs import LeaseExpired
from workflows.core.keys import QueueKey, TaskKey, TaskKind, TaskRef
from workflows.service import sessions as module
from workflows.service.matching import Matching
from workflows.service.sessions import Sessions
from workflows.service.subscription import Subscription
from workflows.store.claimer import Claimer, Handout
from workflows.store.postgres import cursors
from workflows.store.postgres.session import open_session

QUEUE = QueueKey("default", TaskKind.WORKFLOW, "default")
ACTIVITIES = QueueKey("default", TaskKind.ACTIVITY, "default")


def worker(
    deliver: Callable[[Sequence[Handout]], None] = lambda _: None,
    *,
    queue: QueueKey = QUEUE,
    session: str = "",
) -> Subscription:
    return Subscription(
        queue=queue,
        identity="worker",
        session=session,
        types=(),
        build="",
        slots=1,
        streaming=True,
        connected_at=SystemClock().now(),
        deliver=deliver,
    )


def rename(database: Database, table: str, name: str) -> None:
    with psycopg.connect(database.target, autocommit=True) as connection:
        connection.execute(f"ALTER TABLE {table} RENAME TO {name}".encode())


@pytest.fixture
async def claimer(postgres: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Claimer]:
    """On the tests' server, which runs with fsync off."""
    monkeypatch.setattr(cursors, "open_session", partial(open_session, require_durability=False))
    found = Claimer("engine", SystemClock(), dsn=postgres.target)
    yield found
    found.close()


@pytest.fixture
def driver_on_postgres(postgres: Database) -> Iterator[Driver]:
    with writer(postgres) as found:
        yield found


async def test_a_hand_back_that_fails_costs_no_other_worker_anything(
    driver_on_postgres: Driver, claimer: Claimer
) -> None:
    """One of three workers leaves while its task is claimed, and the database refuses to take the task back."""
    driver, dispatcher = driver_on_postgres, MemoryDispatcher()
    refs = [TaskRef(driver.load(driver.begin()).workflow_task_key, QUEUE) for _ in range(4)]
    matching = Matching(dispatcher, claimer, lambda _: None)
    got: asyncio.Queue[tuple[str, TaskKey]] = asyncio.Queue()
    await dispatcher.offer(refs[:3])

    def first_of_three(handouts: Sequence[Handout]) -> None:
        matching.unsubscribe(leaving)
        rename(driver.database, "sched_tasks", "sched_tasks_away")
        got.put_nowait(("first", handouts[0].claimed.key))

    def third_of_three(handouts: Sequence[Handout]) -> None:
        got.put_nowait(("third", handouts[0].claimed.key))

    leaving, staying = worker(), worker(third_of_three)
    for each in (worker(first_of_three), leaving, staying):
        matching.subscribe(each)
        each.credits += 1

    assert await asyncio.wait_for(got.get(), 5) == ("first", refs[0].key)
    assert await asyncio.wait_for(got.get(), 5) == ("third", refs[2].key)
    rename(driver.database, "sched_tasks_away", "sched_tasks")
    await dispatcher.offer(refs[3:])
    matching.grant(staying, 1)
    assert await asyncio.wait_for(got.get(), 5) == ("third", refs[3].key)
    await matching.drain()


async def test_a_worker_that_is_back_before_it_was_missed_keeps_its_activities(
    claimer: Claimer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new stream is there before the end of the old one is noticed, as after a change of networks."""
    monkeypatch.setattr(module, "RECONNECT_SECONDS", 0.0)
    lost: list[LeaseExpired] = []
    matching = Matching(MemoryDispatcher(), claimer, lambda _: None)
    sessions = Sessions(matching, lost.append)
    key = TaskKey("run", TaskKind.ACTIVITY, 3, 1)
    old, new = (worker(queue=ACTIVITIES, session="s") for _ in range(2))
    sessions.connect(old)
    old.held[key] = 1

    sessions.connect(new)
    sessions.disconnect(old)
    await the_next_timer()

    assert lost == []
    sessions.disconnect(new)
    await the_next_timer()
    assert lost == [LeaseExpired(key=key, delivery=1, lost=True)]


async def the_next_timer() -> None:
    """Until every timer that is due by now has fired."""
    loop = asyncio.get_running_loop()
    fired = loop.create_future()
    loop.call_later(0, fired.set_result, None)
    await fired
