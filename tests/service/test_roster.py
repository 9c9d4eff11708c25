"""The roster: what is told of an engine's workers, and how seldom."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connections

from dispatch.dialect import Cursor
from dispatch.memory import MemoryDispatcher
from dispatch.workers import WorkerRow, record
from tests.store.databases import Database
from tests.store.default import as_default
from timers.clock import SystemClock
from workflows.core.keys import QueueKey, TaskKind
from workflows.engine.loops import cursor
from workflows.service.matching import Matching
from workflows.service.roster import POLLS_SECONDS, SWEEP_SECONDS, Roster
from workflows.service.subscription import Subscription
from workflows.store import reader
from workflows.store.claimer import Claimer, Handout

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Clock(SystemClock):
    """Moves when it is told."""

    seconds = 100.0

    def monotonic(self) -> float:
        return self.seconds


def deliver(handouts: Sequence[Handout]) -> None:
    assert not handouts


def worker(identity: str, *, streaming: bool = True, **more: Any) -> Subscription:
    given: dict[str, Any] = {"types": ("Ship",), "build": "b1", "slots": 5, "connected_at": NOON} | more
    queue = QueueKey("default", TaskKind.WORKFLOW, "default")
    return Subscription(
        queue=queue, identity=identity, session=identity, streaming=streaming, deliver=deliver, **given
    )


class Engine:
    """What of an engine a roster sees, and the statements that it makes."""

    def __init__(self, database: Database, runner: asyncio.Runner) -> None:
        self._runner = runner
        self.clock = Clock()
        self.leads = False
        self.statements: list[str] = []
        claimer = Claimer("engine-1", self.clock, dsn=database.target if database.is_postgres else None)
        self.matching = Matching(MemoryDispatcher(on_low=lambda: None), claimer, deliver)
        now = None if database.is_postgres else self.clock.now
        self.roster = Roster(self.matching, self.connect, clock=self.clock, leads=lambda: self.leads, now=now)

    @contextmanager
    def connect(self) -> Iterator[Cursor]:
        with connections["default"].execute_wrapper(self._noted), cursor() as opened:
            yield opened

    def _noted(self, execute: Any, sql: str, *more: Any) -> Any:
        self.statements.append(sql)
        return execute(sql, *more)

    def join(self, *workers: Subscription) -> None:
        async def join() -> None:
            for each in workers:
                self.matching.subscribe(each)

        self._runner.run(join())

    def leave(self, *workers: Subscription) -> None:
        async def leave() -> None:
            for each in workers:
                self.matching.unsubscribe(each)

        self._runner.run(leave())

    def looks(self, count: int) -> int:
        """One each second; the statements of all."""
        before = len(self.statements)
        for _ in range(count):
            self._runner.run(self.roster.run_once())
            self.clock.seconds += 1
        return len(self.statements) - before

    def close(self) -> None:
        self._runner.run(self.roster.close())


@pytest.fixture
def engine(database: Database) -> Iterator[Engine]:
    with as_default(database), asyncio.Runner() as runner:
        made = Engine(database, runner)
        yield made
        runner.run(made.matching.drain())


def listed(database: Database) -> list[tuple[Any, ...]]:
    return database.run("SELECT identity FROM sched_workers ORDER BY identity")


def test_an_engine_without_workers_asks_nothing(engine: Engine) -> None:
    """However long, and when it stops, too."""
    assert engine.looks(100) == 0
    engine.close()
    assert engine.statements == []


def test_workers_that_come_together_are_one_statement(engine: Engine, database: Database) -> None:
    """On PostgreSQL; SQLite needs one more for those that are gone. All that is known of them is there to be read."""
    for n in range(20):
        engine.join(worker(f"w-{n:02}"))
    assert engine.looks(1) == (1 if database.is_postgres else 2)
    found = reader.workers("default")
    assert [each.identity for each in found] == [f"w-{n:02}" for n in range(20)]
    first = found[0]
    assert (first.engine, first.session, first.queue, first.kind) == (
        "engine-1",
        "w-00",
        "default",
        TaskKind.WORKFLOW,
    )
    assert (first.types, first.build, first.slots, first.in_flight) == (("Ship",), "b1", 5, 0)
    assert (first.streaming, first.connected_at) == (True, NOON)


def test_with_workers_there_is_one_statement_in_ten_seconds(engine: Engine) -> None:
    """A statement that says that all are still there."""
    for n in range(20):
        engine.join(worker(f"w-{n}"))
    engine.looks(1)
    for _ in range(5):
        assert engine.looks(10) == 1
    assert "UPDATE sched_workers" in engine.statements[-1]


def test_who_goes_is_listed_no_more(engine: Engine, database: Database) -> None:
    """After the next look; when the engine stops, all go."""
    gone, stays = worker("gone"), worker("stays")
    engine.join(gone)
    engine.join(stays)
    engine.looks(1)
    engine.leave(gone)
    engine.looks(1)
    assert listed(database) == [("stays",)]
    engine.close()
    assert listed(database) == []


def test_a_worker_that_polls_is_there_between_two_polls(engine: Engine, database: Database) -> None:
    """Many polls at once are one worker, and its next ones cost nothing; it is gone when none has come for long."""
    for _ in range(3):
        polls = [worker("polls", streaming=False, connected_at=engine.clock.now()) for _ in range(2)]
        for poll in polls:
            engine.join(poll)
        engine.looks(1)
        for poll in polls:
            engine.leave(poll)
        assert listed(database) == [("polls",)]
        engine.clock.seconds += 3
    assert len([sql for sql in engine.statements if "INSERT" in sql]) == 1
    engine.clock.seconds += POLLS_SECONDS
    engine.looks(1)
    assert listed(database) == []


def test_a_worker_that_comes_back_is_told_anew(engine: Engine, database: Database) -> None:
    """With its new connection, in the same row."""
    before, after = worker("back"), worker("back", connected_at=NOON + timedelta(hours=1))
    engine.join(before)
    engine.looks(1)
    engine.leave(before)
    engine.join(after)
    engine.looks(1)
    assert database.run("SELECT number FROM sched_workers") == [(1,)]
    assert reader.workers("default")[0].connected_at == after.connected_at


def test_rows_that_others_have_deleted_come_back(engine: Engine, database: Database) -> None:
    """An engine that was frozen is taken for dead; when it goes on it finds its rows missing."""
    engine.join(worker("alive"))
    engine.looks(1)
    database.run("DELETE FROM sched_workers")
    engine.looks(12)
    assert listed(database) == [("alive",)]


def leave_behind(database: Database, seconds: float) -> None:
    """A row of an engine that told of it that long ago."""
    at = datetime.now(UTC) - timedelta(seconds=seconds)
    row = WorkerRow(
        number=1,
        namespace="default",
        kind=1,
        queue="default",
        identity="orphan",
        session="",
        types=(),
        build="",
        slots=1,
        streaming=True,
        connected_at=NOON,
    )
    with database.wrapper.cursor() as opened:
        record(opened, "engine-0", rows=[row], sweeps=False, now=at)


def test_what_an_engine_that_died_has_left_is_not_shown(engine: Engine, database: Database) -> None:
    """From half a minute on; nobody but the leader deletes it, on PostgreSQL in passing."""
    leave_behind(database, 25)
    assert [each.identity for each in reader.workers("default")] == ["orphan"]
    leave_behind(database, 35)
    assert reader.workers("default") == []
    engine.join(worker("alive"))
    engine.looks(1)
    assert listed(database) == [("alive",), ("orphan",)]
    engine.leads = True
    engine.looks(11 if database.is_postgres else 62)
    assert listed(database) == [("alive",)]


def test_a_leader_without_workers_deletes_it_too(engine: Engine, database: Database) -> None:
    """A minute after it has become the leader, and then once an hour."""
    leave_behind(database, 35)
    engine.leads = True
    assert engine.looks(60) == 0
    assert engine.looks(2) == 1
    assert listed(database) == []
    assert engine.looks(100) == 0
    engine.clock.seconds += SWEEP_SECONDS
    assert engine.looks(2) == 1


def test_a_statement_that_failed_is_made_again(engine: Engine, database: Database) -> None:
    """By the next look, with all that is known by then."""
    database.run("ALTER TABLE sched_workers RENAME TO sched_elsewhere")
    engine.join(worker("first"))
    with pytest.raises(Exception, match="sched_workers"):
        engine.looks(1)
    database.run("ALTER TABLE sched_elsewhere RENAME TO sched_workers")
    engine.join(worker("second"))
    engine.looks(1)
    assert listed(database) == [("first",), ("second",)]
