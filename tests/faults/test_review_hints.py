"""Hints that nobody can read."""

from __future__ import annotations

import asyncio

import psycopg
import pytest
from asgiref.sync import sync_to_async

from tests.store.databases import Database
from tests.store.default import as_default
from tests.store.test_interleavings import writer
from timers.clock import SystemClock
from timers.due import DueTimers
from timers.trouble import Trouble
from workflows.client import signal_workflow
from workflows.core.keys import QueueKey, TaskKey, TaskKind, TaskRef
from workflows.engine.hints import Hints
from workflows.engine.listener import Listener
from workflows.service.commits import Commits
from workflows.store import wakeups
from workflows.store.group_commit import GroupCommit
from workflows.store.postgres import PostgresBackend


async def test_a_hint_that_cannot_be_read_does_not_end_the_listening(postgres: Database) -> None:
    """It would not be noticed either: from then on every hint is found by the sweeps alone."""
    heard: asyncio.Queue[str | TaskRef] = asyncio.Queue()
    channels = {
        wakeups.INBOX_CHANNEL: heard.put_nowait,
        wakeups.TASKS_CHANNEL: lambda text: heard.put_nowait(wakeups.parse_task(text)),
    }
    listener = Listener(postgres.target, channels, Trouble())
    listener.start()
    key = TaskKey("01890000-0000-7000-8000-000000000001", TaskKind.ACTIVITY, 3, 1)
    ref = TaskRef(key, QueueKey("default", TaskKind.ACTIVITY, "default"))
    async with await psycopg.AsyncConnection.connect(postgres.target, autocommit=True) as other:
        while heard.empty():  # until it listens
            await other.execute("SELECT pg_notify(%s, 'there')", [wakeups.INBOX_CHANNEL])

        await other.execute("SELECT pg_notify(%s, '[1, 2')", [wakeups.TASKS_CHANNEL])
        await other.execute("SELECT pg_notify(%s, %s)", [wakeups.TASKS_CHANNEL, wakeups._task_text(ref)])

        while (hint := await asyncio.wait_for(heard.get(), 5)) == "there":
            pass
    assert hint == ref
    await listener.stop()


async def test_a_hint_of_this_process_comes_from_a_thread_and_arrives_on_the_loop(postgres: Database) -> None:
    """What the loop alone may touch, it takes no lock for: a thread that did could leave the engine deaf for ever."""
    loop = asyncio.get_running_loop()
    loop.set_debug(True)  # then asyncio refuses calls from other threads
    with writer(postgres) as driver:
        run_id = driver.begin("order")
    await sync_to_async(signal_workflow)("order", "go", using=postgres.alias)
    told = loop.create_future()
    commits = Commits(
        lambda on_commit: GroupCommit(
            lambda: PostgresBackend(postgres.target, require_durability=False), on_commit
        ),
        told.set_result,
    )
    due = DueTimers(SystemClock(), lambda _: None)
    hints = Hints(None, commits, lambda _: None, due, Trouble())
    commits.start()

    await asyncio.to_thread(hints.inbox, [run_id])

    committed = await asyncio.wait_for(told, 5)
    assert [each.state.run_id for each in committed.transitions] == [run_id]
    await commits.stop()


async def test_an_entry_of_a_newer_version_is_told_once_by_each_engine(
    postgres: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """It is found at every look, and has nothing drained."""
    with writer(postgres) as driver:
        run_id = driver.begin("order")
    await sync_to_async(postgres.run)(
        "INSERT INTO sched_inbox (run_id, namespace, shard, kind, data, request_id, created_at)"
        " VALUES (%s, 'default', 0, 9, '', '', clock_timestamp())",
        [run_id],
    )
    commits = Commits(
        lambda on_commit: GroupCommit(
            lambda: PostgresBackend(postgres.target, require_durability=False), on_commit
        ),
        lambda _: None,
    )
    hints = Hints(None, commits, lambda _: None, DueTimers(SystemClock(), lambda _: None), Trouble())
    with as_default(postgres):
        assert [await hints.look() for _ in range(3)] == [0, 0, 0]
    (told,) = [record.getMessage() for record in caplog.records]
    assert told.startswith(f"the inbox of run {run_id} holds an entry of kind 9, ")
