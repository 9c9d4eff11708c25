"""Which timers are read, and that they are armed; on every kind of cursor."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from tests.dispatch.tables import NOON, Tables
from timers import due as module
from timers.clock import FakeClock
from timers.due import Armed, DueTimers
from timers.sweep import CHUNK, TimerSweep, due_within
from workflows.core.keys import TimerKey, TimerKind

SECOND = timedelta(seconds=1)


def put(tables: Tables, number: int, due_in: float, stamp: int = 0) -> Armed:
    key = TimerKey(str(uuid.uuid4()), TimerKind.RETRY, number)
    due_at = NOON + due_in * SECOND
    tables.put_timer(key, due_at, stamp)
    return Armed(due_at, key, stamp)


def test_what_falls_due_is_read_earliest_first(tables: Tables) -> None:
    """The overdue included, and the edge of the span."""
    soon, overdue, edge = put(tables, 1, 30.5, 2), put(tables, 2, -10), put(tables, 3, 60)
    put(tables, 4, 60.001)
    with tables.connect() as cursor:
        assert due_within(cursor, 60 * SECOND, 10, now=NOON) == [overdue, soon, edge]
        assert due_within(cursor, 0 * SECOND, 10, now=NOON) == [overdue]


def test_chunks_do_not_lose_what_is_due_together(tables: Tables) -> None:
    """With and without a fraction of a second, since SQLite's text differs."""
    put_all = {put(tables, number, 5 if number % 2 else 5.5) for number in range(11)}
    seen: list[Armed] = []
    with tables.connect() as cursor:
        while chunk := due_within(cursor, 60 * SECOND, 3, seen[-1] if seen else None, now=NOON):
            seen += chunk
    assert len(seen) == 11
    assert set(seen) == put_all


def test_sqlite_wants_to_be_told_the_time(tables: Tables) -> None:
    """The error names the missing argument; Postgres has a clock of its own."""
    with tables.connect() as cursor:
        if tables.vendor == "postgresql":
            assert due_within(cursor, 60 * SECOND, 3) == []
            return
        with pytest.raises(ValueError, match="now"):
            due_within(cursor, 60 * SECOND, 3)


async def test_a_pass_arms_everything_of_the_next_minute(tables: Tables) -> None:
    """The overdue too; what is armed fires in its time."""
    clock, fired = FakeClock(NOON), list[Armed]()
    due = DueTimers(clock, fired.extend)
    expected = {put(tables, 1, -5), put(tables, 2, 59)}
    put(tables, 3, 61)
    counts = await TimerSweep(tables.connect, due, now=clock.now).run_once()
    assert (counts.read, len(due)) == (2, 2)
    clock.advance(60)
    due.fire_due()
    assert set(fired) == expected


async def test_a_pass_reads_chunk_by_chunk_until_there_is_no_room(on_postgres: Tables) -> None:
    """All of them where they fit; after the first chunk that does not, no more is read."""
    rows = 2 * CHUNK + 100
    on_postgres.run(
        """INSERT INTO sched_timers (run_id, kind, number, namespace, shard, due_at)
           SELECT gen_random_uuid(), 1, n, 'default', 0, %s FROM generate_series(1, %s) n""",
        NOON,
        rows,
    )
    clock = FakeClock(NOON)
    roomy, small = DueTimers(clock, lambda _: None), DueTimers(clock, lambda _: None, capacity=10)
    assert (await TimerSweep(on_postgres.connect, roomy, now=clock.now).run_once()).read == rows
    assert len(roomy) == rows
    assert (await TimerSweep(on_postgres.connect, small, now=clock.now).run_once()).read == CHUNK


async def test_of_very_many_overdue_a_pass_reads_what_can_be_kept_and_then_what_is_to_come(
    on_postgres: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What falls due on time is not found behind a backlog of hours."""
    monkeypatch.setattr(module, "LATE_MAX", 2 * CHUNK)
    on_postgres.run(
        """INSERT INTO sched_timers (run_id, kind, number, namespace, shard, due_at)
           SELECT gen_random_uuid(), 1, n, 'default', 0, %s FROM generate_series(1, %s) n""",
        NOON - 3600 * SECOND,
        5 * CHUNK,
    )
    soon = put(on_postgres, 1, 30)
    clock, fired = FakeClock(NOON), list[Armed]()
    due = DueTimers(clock, fired.extend)
    counts = await TimerSweep(on_postgres.connect, due, now=clock.now).run_once()
    assert (counts.read, len(due)) == (2 * CHUNK + 1, 2 * CHUNK + 1)
    clock.advance(30)
    due.fire_due()
    assert soon in fired
