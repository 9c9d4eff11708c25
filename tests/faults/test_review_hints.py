"""Hints that nobody can read."""

from __future__ import annotations

import asyncio

import psycopg

from tests.store.databases import Database
from workflows.core.keys import QueueKey, TaskKey, TaskKind, TaskRef
from workflows.engine.listener import Listener
from workflows.store import wakeups


async def test_a_hint_that_cannot_be_read_does_not_end_the_listening(postgres: Database) -> None:
    """It would not be noticed either: from then on every hint is found by the sweeps alone."""
    heard: asyncio.Queue[str | TaskRef] = asyncio.Queue()
    channels = {
        wakeups.INBOX_CHANNEL: heard.put_nowait,
        wakeups.TASKS_CHANNEL: lambda text: heard.put_nowait(wakeups.parse_task(text)),
    }
    listener = Listener(postgres.target, channels)
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
