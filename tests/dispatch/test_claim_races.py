"""Claims against other transactions, on Postgres with its own clock."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from dispatch.claims import Claimed, claim, claim_oldest, heartbeat, lapsed, release, renew
from tests.dispatch.tables import QUEUE, Tables, activity
from workflows.core.keys import TaskKey

CLAIMERS = 4
TASKS = 200
WHO: dict[str, Any] = {"owner": "w", "session": "s", "engine": "e"}


@pytest.fixture
def locker(on_postgres: Tables) -> psycopg.Connection:
    """A connection that can hold locks."""
    return psycopg.connect(on_postgres._target)


def lock(locker: psycopg.Connection, key: TaskKey) -> None:
    locker.execute("SELECT 1 FROM sched_tasks WHERE run_id = %s FOR UPDATE", [uuid.UUID(key.run_id)])


def test_a_task_is_claimed_by_one(on_postgres: Tables) -> None:
    """Several claimers, half by key and half by age, over the same tasks at once."""
    keys = [on_postgres.put_task(activity()) for _ in range(TASKS)]
    claimed: list[list[Claimed]] = [[] for _ in range(CLAIMERS)]
    start = threading.Barrier(CLAIMERS)

    def run(place: int) -> None:
        who: dict[str, Any] = {"owner": f"worker-{place}", "session": "s", "engine": "e"}
        with on_postgres.connect() as cursor:
            start.wait()
            for first in range(0, TASKS, 20):
                if place % 2:
                    claimed[place] += claim(cursor, QUEUE, keys[first : first + 20], **who)
                else:
                    claimed[place] += claim_oldest(cursor, QUEUE, 20, **who)

    threads = [threading.Thread(target=run, args=(place,)) for place in range(CLAIMERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    everything = [task for one in claimed for task in one]
    assert sorted(task.key for task in everything) == sorted(keys)
    assert {task.delivery for task in everything} == {1}


def test_nothing_waits_for_a_locked_row(on_postgres: Tables, locker: psycopg.Connection) -> None:
    """Stepped over: not claimed, held all the same, not recorded, not handed back."""
    locked, free, waiting = (on_postgres.put_task(activity()) for _ in range(3))
    with on_postgres.connect() as cursor, locker:
        cursor.execute("SET lock_timeout = '50ms'")
        claim(cursor, QUEUE, [locked, free], **WHO)
        for key in (locked, waiting):
            lock(locker, key)
        assert claim(cursor, QUEUE, [waiting], **WHO) == []
        assert claim_oldest(cursor, QUEUE, 9, **WHO) == []
        assert renew(cursor, [(locked, 1), (free, 1)]) == []
        answers = heartbeat(cursor, [(locked, 1, b""), (free, 1, b"")])
        assert [(one.held, one.recorded) for one in answers] == [(True, False), (True, True)]
        assert [ref.key for ref in release(cursor, [(locked, 1), (free, 1)])] == [free]


def test_the_database_tells_the_time(on_postgres: Tables) -> None:
    """Claims, lapses and renewals without a given time are by the database's clock alone."""
    [(now,)] = on_postgres.run("SELECT clock_timestamp()")
    key = on_postgres.put_task(activity(), at=now)
    with on_postgres.connect() as cursor:
        [task] = claim(cursor, QUEUE, [key], owner="w", session="s", engine="e", lease=timedelta(0))
        assert now <= task.claimed_at < now + timedelta(seconds=10)
        assert task.lease_until == task.claimed_at
        assert lapsed(cursor, 5)[0] == [(key, 1)]
        assert renew(cursor, [(key, 1)]) == []
        assert lapsed(cursor, 5)[0] == []


def test_claims_find_their_rows_by_index(on_postgres: Tables) -> None:
    """On a table whose statistics are as young as it is, in a session that forbids sequential scans."""
    keys = [on_postgres.put_task(activity()) for _ in range(50)]
    scans = "SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'sched_tasks'"
    flush = "SELECT pg_stat_force_next_flush()"
    with on_postgres.connect() as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute(flush)
        [(before,)] = on_postgres.run(scans)
        claim(cursor, QUEUE, keys[:25], **WHO)
        claim_oldest(cursor, QUEUE, 25, **WHO)
        renew(cursor, [(key, 1) for key in keys])
        heartbeat(cursor, [(key, 1, None) for key in keys])
        lapsed(cursor, 10)
        release(cursor, [(key, 1) for key in keys])
        cursor.execute(flush)
        cursor.execute("SELECT 1")
        assert on_postgres.run(scans) == [(before,)]


def test_the_table_is_kept_small(on_postgres: Tables) -> None:
    """Room for updates in place, and a vacuum that does not rest."""
    [(options,)] = on_postgres.run("SELECT reloptions FROM pg_class WHERE relname = 'sched_tasks'")
    assert "fillfactor=70" in options
    assert "autovacuum_vacuum_cost_delay=0" in options
