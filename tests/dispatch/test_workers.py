"""The table of workers, on each kind of cursor."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from dispatch.workers import UNSEEN, WorkerRow, record, sweep, touch
from tests.dispatch.tables import NOON, Tables

ROW = WorkerRow(
    number=1,
    namespace="default",
    kind=2,
    queue="default",
    identity='it\'s "w"',
    session="s",
    types=("Ship", "Bill"),
    build="b1",
    slots=5,
    streaming=True,
    connected_at=NOON,
)
LATER = NOON + UNSEEN


def rows(tables: Tables) -> list[tuple[object, ...]]:
    return tables.run("SELECT engine, number, identity FROM sched_workers ORDER BY engine, number")


def test_an_engine_s_workers_are_what_it_tells(tables: Tables) -> None:
    """All of them each time: the others of its rows go, those of other engines stay."""
    with tables.connect() as cursor:
        record(cursor, "a", rows=[ROW, replace(ROW, number=2)], sweeps=False, now=NOON)
        record(cursor, "b", rows=[ROW], sweeps=False, now=NOON)
        record(cursor, "a", rows=[replace(ROW, number=2), replace(ROW, number=3)], sweeps=False, now=NOON)
        assert rows(tables) == [("a", 2, ROW.identity), ("a", 3, ROW.identity), ("b", 1, ROW.identity)]
        record(cursor, "a", rows=[], sweeps=False, now=NOON)
    assert rows(tables) == [("b", 1, ROW.identity)]


def test_to_touch_is_to_keep(tables: Tables) -> None:
    """It says how many rows there are, and keeps them from being swept."""
    with tables.connect() as cursor:
        record(cursor, "a", rows=[ROW, replace(ROW, number=2)], sweeps=False, now=NOON)
        record(cursor, "b", rows=[ROW], sweeps=False, now=NOON)
        assert touch(cursor, "a", sweeps=False, now=LATER + timedelta(seconds=1)) == 2
        assert touch(cursor, "c", sweeps=False, now=NOON) == 0
        assert sweep(cursor, "c", now=LATER + timedelta(seconds=2)) == 1
    assert [row[0] for row in rows(tables)] == ["a", "a"]


def test_nobody_sweeps_what_was_seen_or_is_its_own(tables: Tables) -> None:
    """To the microsecond; and a leader that was frozen finds its own rows as it left them."""
    with tables.connect() as cursor:
        record(cursor, "a", rows=[ROW], sweeps=False, now=NOON)
        assert sweep(cursor, "b", now=LATER) == 0
        assert sweep(cursor, "a", now=LATER + timedelta(hours=1)) == 0
        record(cursor, "b", rows=[ROW], sweeps=True, now=LATER)
        assert len(rows(tables)) == 2
        record(cursor, "b", rows=[ROW], sweeps=True, now=LATER + timedelta(microseconds=1))
    assert [row[0] for row in rows(tables)] == ["b"]
