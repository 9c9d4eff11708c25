"""Tasks that are born claimed: written as held, handed over after the commit, and nobody's seat is lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import psycopg
import pytest
from pytest_django import DjangoDbBlocker

from tests.store.committing import SECONDS, Writer
from tests.store.databases import Database, postgres_database
from tests.store.driver import start
from workflows.codec import events as event_codec
from workflows.core import commands as c
from workflows.core import events as e
from workflows.core import inputs as i
from workflows.core.decide import decide
from workflows.core.keys import QueueKey, TaskKey, TaskKind
from workflows.core.rejection import Code, Rejected
from workflows.core.transition import TurnRecorded
from workflows.core.values import Wait
from workflows.store.handout import ActivityHandout, WorkflowHandout
from workflows.store.lanes import Lane
from workflows.store.seating import Seat, Seated, seat_tasks

DAWN = datetime(2030, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Chair:
    """A worker's seat."""

    identity: str = "worker"
    session: str = "session"


@dataclass(slots=True)
class Room:
    """So many seats, whatever the queue; and runs that its worker keeps, each with its last event."""

    left: int
    engine: str = "engine"
    asked: list[tuple[QueueKey, int]] = field(default_factory=list)
    kept: dict[str, int] = field(default_factory=dict)

    def reserve(self, queue: QueueKey, count: int) -> Sequence[Seat]:
        self.asked.append((queue, count))
        given = min(count, self.left)
        self.left -= given
        return [Chair()] * given

    def reserve_resting(self, queue: QueueKey, runs: Sequence[tuple[str, int]]) -> Sequence[Seat | None]:
        kept = [self.kept.get(run_id) == last_event for run_id, last_event in runs]
        given = [found and sum(kept[:place]) < self.left for place, found in enumerate(kept)]
        self.left -= sum(given)
        return [Chair("keeper") if found else None for found in given]

    def free(self, seats: Iterable[Seat]) -> None:
        self.left += len(list(seats))


@pytest.fixture(scope="module")
def server_database(postgres_dsn: str, django_db_blocker: DjangoDbBlocker) -> Iterator[Database]:
    with django_db_blocker.unblock(), postgres_database(postgres_dsn) as database:
        yield database


@pytest.fixture
def room() -> Room:
    return Room(left=2)


@pytest.fixture
def writer(server_database: Database, django_db_blocker: DjangoDbBlocker, room: Room) -> Iterator[Writer]:
    with django_db_blocker.unblock():
        server_database.clear()
        writer = Writer(server_database.target, seats=room)
        yield writer
        writer.stop()


def holders(database: Database) -> list[tuple[int, int, str | None, str | None, bool]]:
    """Of the tasks: kind, delivery, owner, engine, and whether the lease is a worker's."""
    with psycopg.connect(database.target) as connection:
        query = """SELECT kind, delivery, owner, engine, lease_until > claimed_at FROM sched_tasks
            ORDER BY created_at, number"""
        return connection.execute(query).fetchall()


def turn(key: TaskKey, *commands: c.Command) -> i.TurnCompleted:
    wait = Wait(commands=frozenset(x.command for x in commands if isinstance(x, c.ScheduleActivity)))
    return i.TurnCompleted(key=key, delivery=1, seen_through=1, commands=commands, wait=wait)


def charge(command: int) -> c.ScheduleActivity:
    return c.ScheduleActivity(command=command, activity_type="Charge")


def seated(writer: Writer) -> list[Seated]:
    return [each for committed in writer.committed for each in committed.seated]


def test_a_new_runs_task_is_written_as_held_and_comes_with_its_history(
    writer: Writer, server_database: Database
) -> None:
    """Delivery 1 of its worker, under a lease; the handout holds the events that the turn is given."""
    given = start("order-1")
    writer.submit(given).result(SECONDS)
    (found,) = seated(writer)
    assert isinstance(found.handout, WorkflowHandout)
    assert found.handout.claimed.key == TaskKey(given.run_id, TaskKind.WORKFLOW, 1, 1)
    assert (found.handout.claimed.delivery, found.handout.seen_through) == (1, 1)
    assert [type(event_codec.decode(data)) for data in found.handout.events] == [e.WorkflowExecutionStarted]
    assert holders(server_database) == [(1, 1, "worker", "engine", True)]


def test_its_holder_completes_it_and_holds_what_follows(writer: Writer, server_database: Database) -> None:
    """The delivery that was born is the current one; the activity of the turn is seated with its event."""
    given = start("order-1")
    writer.submit(given).result(SECONDS)
    key = seated(writer)[0].handout.claimed.key
    reply = writer.submit(turn(key, charge(0)), Lane.COMPLETIONS).result(SECONDS)
    assert isinstance(reply, TurnRecorded)
    handout = seated(writer)[-1].handout
    assert isinstance(handout, ActivityHandout)
    event = event_codec.decode(handout.scheduled_event)
    assert isinstance(event, e.ActivityTaskScheduled)
    assert (event.number, event.activity_type) == (3, "Charge")
    assert holders(server_database) == [(2, 1, "worker", "engine", True)]
    done = i.ActivitySucceeded(key=handout.claimed.key, delivery=1)
    writer.submit(done, Lane.COMPLETIONS).result(SECONDS)


def test_what_has_no_seat_waits_as_ever(writer: Writer, server_database: Database, room: Room) -> None:
    """Two seats, three tasks: the third is written as nobody's."""
    for answer in writer.submit_all([start(f"order-{n}") for n in range(3)]):
        answer.result(SECONDS)
    assert sum(count for _, count in room.asked) == 3
    assert {queue.kind for queue, _ in room.asked} == {TaskKind.WORKFLOW}
    assert sorted(row[1:4] for row in holders(server_database)) == [
        (0, None, None),
        (1, "worker", "engine"),
        (1, "worker", "engine"),
    ]


def test_a_run_that_ends_in_the_batch_that_starts_it_takes_no_seat(room: Room) -> None:
    """Its task is never written, so it is nobody's to hand over."""
    given = start("order-1")
    begun = decide(None, given, DAWN)
    ended = decide(begun.state, i.TerminateRequested(run_id=given.run_id), DAWN)
    assert seat_tasks([begun, ended], room, DAWN) == []
    assert room.asked == []


def test_a_task_whose_events_are_not_in_the_batch_is_claimed_as_ever(writer: Writer, room: Room) -> None:
    """The second turn's worker needs the history, which nobody has read here."""
    given = start("order-1")
    writer.submit(given).result(SECONDS)
    key = seated(writer)[0].handout.claimed.key
    writer.submit(turn(key, charge(0)), Lane.COMPLETIONS).result(SECONDS)
    done = i.ActivitySucceeded(key=seated(writer)[-1].handout.claimed.key, delivery=1)
    room.left, room.asked = 5, []
    writer.submit(done, Lane.COMPLETIONS).result(SECONDS)
    assert room.asked == []
    assert writer.committed[-1].seated == []


def test_whoever_keeps_the_run_is_given_what_is_new(
    writer: Writer, server_database: Database, room: Room
) -> None:
    """The second turn's task is born its keeper's, with the result alone; a keeper that knows less has none of it."""
    for number, last_event in enumerate([3, 2]):
        given = start(f"order-{number}")
        room.left = 2
        writer.submit(given).result(SECONDS)
        key = seated(writer)[-1].handout.claimed.key
        writer.submit(turn(key, charge(0)), Lane.COMPLETIONS).result(SECONDS)
        done = i.ActivitySucceeded(key=seated(writer)[-1].handout.claimed.key, delivery=1)
        room.left, room.kept = 1, {given.run_id: last_event}
        writer.submit(done, Lane.COMPLETIONS).result(SECONDS)
        if last_event == 3:
            handout = seated(writer)[-1].handout
            assert isinstance(handout, WorkflowHandout)
            assert (handout.first_event, handout.seen_through, len(handout.events)) == (4, 4, 1)
            assert isinstance(event_codec.decode(handout.events[0]), e.ActivityTaskCompleted)
            assert room.left == 0
    assert writer.committed[-1].seated == []
    assert holders(server_database) == [(1, 1, "keeper", "engine", True), (1, 0, None, None, None)]


def test_what_is_not_committed_frees_its_seat(writer: Writer, server_database: Database, room: Room) -> None:
    """The session ends between the decision and the write; the engine tries again, and one seat is used, not two."""

    def lose_the_session() -> None:
        with psycopg.connect(server_database.target, autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(%s, 5000)", [writer.main.pid])

    writer.main.before_save = lose_the_session
    writer.submit(start("order-1")).result(SECONDS)
    assert room.left == 1
    assert [len(each.seated) for each in writer.committed] == [1]


def test_a_start_that_is_refused_takes_no_seat(writer: Writer, room: Room) -> None:
    """The workflow id is in use."""
    writer.submit(start("order-1")).result(SECONDS)
    error = writer.submit(start("order-1")).exception(SECONDS)
    assert isinstance(error, Rejected)
    assert error.code is Code.ALREADY_EXISTS
    assert room.left == 1
