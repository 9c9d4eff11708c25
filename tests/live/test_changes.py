"""What changes in an engine shows on open pages: on the embedded default, through Redis, and on Postgres alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker, Settings

from tests.api.credentials import HOST
from tests.live.page import opened
from tests.rpc.peers import Peer, connected, finish, running, schedule
from tests.store.databases import Database
from tests.store.default import as_default
from workflows.client import start_workflow
from workflows.engine.engine import Engine
from workflows.live.board import board
from workflows.live.threads import in_thread
from workflows.store import wakeups

pytestmark = [pytest.mark.redis, pytest.mark.usefixtures("live_threads")]
OURS = {"host": HOST}


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where engine and pages are."""

    engine: Engine
    peer: Peer


@pytest.fixture(params=["embedded", "redis", "postgres"])
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def engine_options(
    way: str, request: pytest.FixtureRequest, settings: Settings, django_db_blocker: DjangoDbBlocker
) -> Iterator[tuple[Database, dict[str, Any]]]:
    """The database, and what an engine and the pages are told of it."""
    name = "sqlite_store" if way == "embedded" else "engine_database"
    database: Database = request.getfixturevalue(name)
    dsn = None if way == "embedded" else database.target
    redis_url = request.getfixturevalue("redis_url") if way == "redis" else None
    settings.SCHED = replace(settings.SCHED, postgres_dsn=dsn, redis_url=redis_url)
    with django_db_blocker.unblock(), as_default(database):
        database.clear()
        yield database, {"postgres_dsn": dsn, "redis_url": redis_url}
        database.clear()


@pytest.fixture
async def place(engine_options: tuple[Database, dict[str, Any]]) -> AsyncIterator[Place]:
    database, more = engine_options
    async with running(database, **more) as engine, connected(engine) as peer:
        yield Place(engine=engine, peer=peer)


async def test_the_overview_follows(place: Place) -> None:
    """Counts, and rows of what has started or ended, newest first."""
    async with opened(OURS) as page:
        shown = await page.subscribe("overview")
        assert shown.counts["RUNNING"] == 0
        await place.peer.start("a")
        await page.until(lambda: shown.counts["RUNNING"] == 1)
        await place.peer.complete_turn(await place.peer.poll_workflow(), finish())
        await page.until(lambda: (shown.counts["RUNNING"], shown.counts["COMPLETED"]) == (0, 1))
        assert (shown.recent[0]["workflowId"], shown.recent[0]["status"]) == ("a", "COMPLETED")


async def test_rows_join_and_leave_a_list(place: Place) -> None:
    """By its filters: what does not pass never comes, what does not pass any more is named."""
    async with opened(OURS) as page:
        running_ones = await page.subscribe({"list": {"status": "RUNNING", "workflowName": "Ship"}}, 1)
        completed = await page.subscribe({"list": {"status": "COMPLETED"}}, 2)
        await place.peer.start("other", workflow_type="Bill", task_queue="nobody")
        await place.peer.start("a", workflow_type="Ship")
        await page.until(lambda: bool(running_ones.rows))
        (row,) = running_ones.rows.values()
        assert (row["workflowId"], row["status"]) == ("a", "RUNNING")
        await place.peer.complete_turn(await place.peer.poll_workflow(types=["Ship"]), finish())
        await page.until(lambda: not running_ones.rows and bool(completed.rows))
        assert [row["workflowId"] for row in completed.rows.values()] == ["a"]


async def test_a_workflow_is_followed_event_by_event(place: Place) -> None:
    """Only the members that changed; events without a gap from the first that was not there."""
    await place.peer.start("a")
    async with opened(OURS) as page:
        shown = await page.subscribe({"workflow": "a"})
        assert shown.workflow["historyLength"] == 1
        await place.peer.complete_turn(await place.peer.poll_workflow(), schedule(), waits_for=[0])
        await page.until(lambda: shown.workflow["historyLength"] == 3)
        await place.peer.succeed(await place.peer.poll_activity())
        await place.peer.complete_turn(await place.peer.poll_workflow(), finish(b'{"paid":1}'))
        await page.until(lambda: bool(shown.workflow["status"] == "COMPLETED"))
    assert shown.workflow["result"] == {"paid": 1}
    assert sorted(shown.events) == [2, 3, 4, 5, 6]
    assert shown.types[-1] == "WorkflowExecutionCompleted"
    changed = [message["changed"]["workflow"] for message in page.messages if "changed" in message]
    assert all("workflowName" not in members for members in changed)


async def test_a_new_run_of_the_same_id_is_taken_up(place: Place) -> None:
    """With its whole description, and its events from the first; or by a snapshot, if one was due."""
    await place.peer.start("a")
    await place.peer.complete_turn(await place.peer.poll_workflow(), finish())
    async with opened(OURS) as page:
        shown = await page.subscribe({"workflow": "a"})
        first = shown.workflow["runId"]
        await place.peer.start("a")
        await page.until(lambda: bool(shown.workflow["runId"] != first))
        await page.until(lambda: 1 in shown.events or shown.snapshots > 1)
        assert (shown.workflow["status"], shown.workflow["result"]) == ("RUNNING", None)


async def test_a_start_of_django_code_shows_at_once(place: Place) -> None:
    """No engine has decided it: the writer's own commit tells of it."""
    async with opened(OURS) as page:
        shown = await page.subscribe({"list": {}})
        await in_thread(partial(start_workflow, "Ship", workflow_id="inline", task_queue="nobody"))
        await page.until(lambda: bool(shown.rows))
        assert [row["workflowId"] for row in shown.rows.values()] == ["inline"]


async def _comes(holds: Callable[[], bool]) -> None:
    """What has no event."""
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_nothing_is_told_and_nothing_read_while_nobody_looks(place: Place) -> None:
    """And no longer than a lease after the last page was closed."""
    feed = place.engine._feed.outgoing
    await place.peer.start("before")
    assert (feed.is_wanted, feed.sent, board().turns) == (False, 0, 0)
    async with opened(OURS) as page:
        shown = await page.subscribe({"list": {}})
        await _comes(lambda: feed.is_wanted)  # which no message tells
        for count in range(2, 20):
            await place.peer.start(f"while-{count}")
            await page.until(lambda count=count: len(shown.rows) == count)  # type: ignore[misc]
            if board().turns:  # and not by the snapshot that follows the first contact
                break
    turns = board().turns
    assert turns > 0
    await _comes(lambda: not feed.is_wanted)
    sent = feed.sent
    await place.peer.start("after")
    assert (feed.sent, board().turns) == (sent, turns)
    assert board()._feed is None


@pytest.mark.parametrize("way", ["redis", "postgres"], indirect=True)
async def test_a_start_of_another_process_shows_at_once(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that has no engine, and does not know whether somebody looks."""
    wakeups._redis_telling.cache_clear()
    wakeups._redis_announcer.cache_clear()
    # Undone before the engine stops, which takes back what it has registered.
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(wakeups._Process, "wakeups", None)
        async with opened(OURS) as page:
            shown = await page.subscribe({"list": {}})
            for number in range(1, 20):
                await in_thread(
                    partial(start_workflow, "Ship", workflow_id=f"w-{number}", task_queue="nobody")
                )
                await page.until(lambda number=number: len(shown.rows) == number)  # type: ignore[misc]
                if board().turns:
                    break
    assert board().turns > 0
    ends: tuple[Any, ...] = (wakeups._redis_telling(), wakeups._redis_announcer())
    for end in filter(None, ends):
        end.close()
    wakeups._redis_telling.cache_clear()
    wakeups._redis_announcer.cache_clear()
