"""Group commit on Postgres: what is answered is durable, and what waits for others makes nobody else wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from datetime import timedelta

import psycopg
import pytest
from pytest_django import DjangoDbBlocker

from tests.store.committing import SECONDS, Writer, another, kill
from tests.store.databases import Database, postgres_database
from tests.store.driver import Driver, payload, start
from tests.store.wire import Cut, wire_to
from workflows.codec import inbox as inbox_codec
from workflows.core import inputs as i
from workflows.core.rejection import Code, Rejected
from workflows.core.transition import Reply, Started, Steered
from workflows.core.values import ConflictPolicy, Wait
from workflows.store.backend import INBOX_MAX
from workflows.store.commit_thread import SLOW_TRIES
from workflows.store.lanes import Drain, Lane
from workflows.store.postgres import PostgresBackend
from workflows.store.postgres.load import START_LOCK
from workflows.store.postgres.session import Limits

ANY_SIGNAL = Wait(any_signal=True)


@pytest.fixture(scope="module")
def server_database(postgres_dsn: str, django_db_blocker: DjangoDbBlocker) -> Iterator[Database]:
    with django_db_blocker.unblock(), postgres_database(postgres_dsn) as database:
        yield database


@pytest.fixture
def database(server_database: Database, django_db_blocker: DjangoDbBlocker) -> Iterator[Database]:
    with django_db_blocker.unblock():
        server_database.clear()
        yield server_database


@pytest.fixture
def driver(database: Database) -> Iterator[Driver]:
    backend = PostgresBackend(database.target, require_durability=False)
    yield Driver(backend, database)
    backend.close()


@pytest.fixture
def writer(database: Database) -> Iterator[Writer]:
    writer = Writer(database.target)
    yield writer
    writer.stop()


def signal(run_id: str, name: str) -> i.SignalSent:
    return i.SignalSent(run_id=run_id, name=name)


def code_of(answer: Future[Reply]) -> Code:
    error = answer.exception(SECONDS)
    assert isinstance(error, Rejected), error
    return error.code


def steered(answer: Future[Reply]) -> Steered:
    reply = answer.result(SECONDS)
    assert isinstance(reply, Steered)
    return reply


def signals(driver: Driver, run_id: str) -> list[str]:
    return [event.name for event in driver.history(run_id) if hasattr(event, "name")]


def lock(connection: psycopg.Connection, run_id: str) -> None:
    connection.execute("SELECT 1 FROM sched_executions WHERE run_id = %s FOR UPDATE", [run_id])


def test_an_answer_comes_after_the_commit(writer: Writer, database: Database) -> None:
    """When a caller hears of its start, every other session can see the run."""
    seen: Future[int] = Future()

    def look(reply: Reply | BaseException) -> None:
        with another(database) as connection:
            row = connection.execute("SELECT count(*) FROM sched_executions").fetchone()
        assert row is not None
        seen.set_result(row[0])

    writer.commits.submit(start("a"), look, Lane.REQUESTS)

    assert seen.result(SECONDS) == 1
    assert writer.sizes == [1]


def test_what_arrives_during_a_commit_is_the_next_one(writer: Writer) -> None:
    """Fifty starts that waited for one commit share the next; each is answered."""
    with writer.held(start()) as first:
        others = [writer.submit(start(f"w-{n}")) for n in range(50)]
        assert not any(other.done() for other in others)

    for answer in (first, *others):
        assert isinstance(answer.result(SECONDS), Started)
    assert writer.sizes == [1, 50]


def test_inputs_of_a_run_are_decided_in_their_order(writer: Writer, driver: Driver) -> None:
    """Within one batch, as they were submitted."""
    run_id = driver.begin()
    names = [f"s{n}" for n in range(20)]
    with writer.held(start()):
        answers = [writer.submit(signal(run_id, name)) for name in names]
    for answer in answers:
        answer.result(SECONDS)
    assert signals(driver, run_id) == names
    assert writer.sizes == [1, 20]


def test_an_input_that_the_database_refuses_fails_alone(
    writer: Writer, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """A door that let a NUL through would cost its caller an error, and the rest of the batch nothing."""
    starts = [start(f"w-{n}") for n in range(9)]
    bad = i.StartRequested(workflow_id="bad", run_id=start().run_id, workflow_type="a\0b")
    with writer.held(start("first")):
        answers = writer.submit_all([*starts[:5], bad, *starts[5:]])

    refused = answers.pop(5)

    assert isinstance(refused.exception(SECONDS), psycopg.DataError)
    for answer, given in zip(answers, starts, strict=True):
        assert answer.result(SECONDS) == Started(
            workflow_id=given.workflow_id, run_id=given.run_id, started=True
        )
    assert database.count("sched_executions") == 10
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == [
        "an input was given up: StartRequested"
    ]


def test_an_answer_that_cannot_be_delivered_undoes_nothing(
    writer: Writer, driver: Driver, caplog: pytest.LogCaptureFixture
) -> None:
    """A caller that is gone, as an event loop that has ended, must not lead to a second decision."""
    run_id = driver.begin()

    def gone(reply: Reply | BaseException) -> None:
        raise RuntimeError("Event loop is closed")

    writer.commits.submit(signal(run_id, "one"), gone, Lane.REQUESTS)

    assert steered(writer.submit(signal(run_id, "two"))).changed
    assert signals(driver, run_id) == ["one", "two"]
    assert "an answer was not delivered" in caplog.text


def test_a_batch_does_not_wait_for_a_locked_run(writer: Writer, driver: Driver, database: Database) -> None:
    """While another transaction holds a run, its inputs wait in the slow lane and all others go on."""
    locked, free = driver.begin(), driver.begin()
    with another(database) as connection:
        lock(connection, locked)
        with writer.held(start()):
            waiting = writer.submit(signal(locked, "late"))
            answered = writer.submit(signal(free, "soon"))
        assert steered(answered).changed
        assert not waiting.done()
        connection.rollback()
        assert steered(waiting).changed
    assert signals(driver, locked) == ["late"]


def test_a_request_for_a_run_that_stays_locked_is_refused(
    writer: Writer, driver: Driver, database: Database
) -> None:
    """After its patience the caller hears that the id is busy; nothing is written."""
    run_id = driver.begin()
    with another(database) as connection:
        lock(connection, run_id)
        assert code_of(writer.submit(signal(run_id, "in vain"))) is Code.ID_BUSY
    assert driver.names(run_id) == "WS"


def test_a_completion_for_a_run_that_stays_locked_waits_on(
    writer: Writer, driver: Driver, database: Database
) -> None:
    """A worker's work is not thrown away: it outlasts any number of lock time-outs, and lets others of the lane by."""
    run_id, other = driver.begin(), driver.begin()
    turn = driver.turn(run_id, wait=ANY_SIGNAL)
    with another(database) as connection:
        lock(connection, run_id)
        completion = writer.submit(turn, Lane.COMPLETIONS)
        for _ in range(SLOW_TRIES):
            assert code_of(writer.submit(signal(run_id, "meanwhile"))) is Code.ID_BUSY
        assert steered(writer.submit(signal(other, "free"))).changed
        assert not completion.done()
        connection.rollback()
        completion.result(SECONDS)
    assert driver.names(run_id) == "WS Y"


def test_a_start_whose_id_is_being_started_elsewhere_is_refused_in_the_end(
    writer: Writer, database: Database
) -> None:
    """An inline start in an open transaction holds the id's advisory lock; others of the batch are not delayed."""
    statement = START_LOCK.format(namespace="'default'", workflow_id="'mine'")
    with another(database) as connection:
        connection.execute(f"SELECT pg_advisory_xact_lock({statement})".encode())
        with writer.held(start()):
            busy = writer.submit(start("mine"))
            free = writer.submit(start("yours"))
        assert isinstance(free.result(SECONDS), Started)
        assert code_of(busy) is Code.ID_BUSY
        again = writer.submit(start("mine"))
        connection.rollback()
        assert isinstance(again.result(SECONDS), Started)
    assert SLOW_TRIES * Limits().lock <= timedelta(seconds=6)


def test_a_signal_with_start_waits_for_the_run_it_is_to_signal(
    writer: Writer, driver: Driver, database: Database
) -> None:
    """Others commit meanwhile; once the run is free it is signalled and not started."""
    run_id = driver.begin("order-1")
    given = start("order-1", conflict=ConflictPolicy.USE_EXISTING, signal=signal("", "go"))
    with another(database) as connection:
        lock(connection, run_id)
        waiting = writer.submit(given)
        with writer.held(start()):
            assert not waiting.done()
        connection.rollback()
        assert waiting.result(SECONDS) == Started(
            workflow_id="order-1", run_id=run_id, started=False, signaled=True
        )
    assert signals(driver, run_id) == ["go"]


def test_a_session_that_is_killed_before_the_save_costs_nothing(
    writer: Writer, driver: Driver, database: Database
) -> None:
    """The server rolls the batch back, says so, and it is decided again."""
    run_id = driver.begin()
    writer.main.before_save = lambda: kill(database, writer.main.pid)

    assert steered(writer.submit(signal(run_id, "once"))).changed

    assert signals(driver, run_id) == ["once"]


def test_a_session_that_is_killed_between_batches_costs_nothing(
    writer: Writer, driver: Driver, database: Database
) -> None:
    """As after a restart of the server: the dead session shows when it is used, and the batch takes a new one."""
    run_id = driver.begin()
    steered(writer.submit(signal(run_id, "one")))
    kill(database, writer.main.pid)

    assert steered(writer.submit(signal(run_id, "two"))).changed

    assert signals(driver, run_id) == ["one", "two"]
    assert writer.commits.is_reachable


def test_a_writer_that_was_frozen_decides_again(database: Database, driver: Driver) -> None:
    """The server ends a transaction that idles, so that its locks are free; nothing of it was written."""
    writer = Writer(database.target, limits=Limits(idle_in_transaction=timedelta(milliseconds=100)))
    run_id = driver.begin()
    thawing = threading.Event()

    def freeze() -> None:
        gone = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s"
        with psycopg.connect(database.target, autocommit=True) as connection:
            while connection.execute(gone, [writer.main.pid]).fetchone() != (0,):
                assert thawing.wait(0.01) is False

    writer.main.before_save = freeze
    turn = writer.submit(driver.turn(run_id, wait=ANY_SIGNAL), Lane.COMPLETIONS)
    turn.result(SECONDS)
    writer.stop()
    assert driver.names(run_id) == "WS Y"


@pytest.mark.parametrize("cut", list(Cut))
def test_a_connection_that_is_lost_at_the_commit(database: Database, driver: Driver, cut: Cut) -> None:
    """Whether the commit happened is asked, not guessed: either way it is answered once, and is once in the history."""
    run_id = driver.begin()
    with wire_to(database.target) as (wire, dsn):
        writer = Writer(dsn)

        def arm() -> None:
            wire.cut = cut

        steered(writer.submit(signal(run_id, "before")))
        writer.main.before_save = arm
        reply = steered(writer.submit(signal(run_id, "once")))
        assert steered(writer.submit(signal(run_id, "after"))).changed
        writer.stop()
    assert reply.changed
    assert signals(driver, run_id) == ["before", "once", "after"]
    assert writer.sizes == [1, 1, 1]


def test_while_the_database_is_away(
    database: Database, driver: Driver, caplog: pytest.LogCaptureFixture
) -> None:
    """Clients are told so; a worker's completion is kept and recorded when the database is back."""
    run_id = driver.begin()
    turn = driver.turn(run_id, wait=ANY_SIGNAL)
    caplog.set_level("INFO")
    with wire_to(database.target) as (wire, dsn):
        writer = Writer(dsn)
        steered(writer.submit(signal(run_id, "before")))
        wire.down()
        assert code_of(writer.submit(signal(run_id, "refused"))) is Code.UNAVAILABLE
        assert not writer.commits.is_reachable
        kept = writer.submit(turn, Lane.COMPLETIONS)
        assert code_of(writer.submit(signal(run_id, "refused, too"))) is Code.UNAVAILABLE
        assert not kept.done()
        wire.up()
        kept.result(SECONDS)
        writer.stop()
    assert driver.names(run_id) == "WS SR Y"
    told = [record.message for record in caplog.records if record.name == "timers.trouble"]
    assert [line.partition(" used")[0] for line in told] == ["the database cannot be", "the database can be"]


def test_a_commit_whose_outcome_nobody_can_tell_yet(database: Database, driver: Driver) -> None:
    """While the database is away others are told so, and health is bad; when it is back the commit is answered."""
    run_id = driver.begin()
    with wire_to(database.target) as (wire, dsn):
        writer = Writer(dsn)
        steered(writer.submit(signal(run_id, "before")))
        lost = threading.Event()

        def lose() -> None:
            wire.down()
            lost.set()

        writer.main.before_save = lose
        cut = writer.submit(signal(run_id, "cut"))
        assert lost.wait(SECONDS)
        assert code_of(writer.submit(signal(run_id, "refused"))) is Code.UNAVAILABLE
        assert not cut.done()
        assert not writer.commits.is_reachable
        wire.up()
        assert steered(cut).changed
        assert steered(writer.submit(signal(run_id, "after"))).changed
        writer.stop()
    assert signals(driver, run_id) == ["before", "cut", "after"]


def test_a_database_that_is_back_is_noticed_though_nothing_is_asked(database: Database) -> None:
    """Else health would stay bad until somebody ignores it."""
    with wire_to(database.target) as (wire, dsn):
        writer = Writer(dsn)
        wire.down()
        assert code_of(writer.submit(start())) is Code.UNAVAILABLE
        wire.up()
        pause = threading.Event()
        while not writer.commits.is_reachable:
            pause.wait(0.01)
        writer.stop()


def test_a_writer_that_is_cut_off_is_noticed_though_others_hear_of_the_database(database: Database) -> None:
    """And nothing is asked: what other sessions hear does not tell whether this one can write."""
    with wire_to(database.target) as (wire, dsn):
        writer = Writer(dsn)
        wire.down()
        pause = threading.Event()
        ends = time.monotonic() + SECONDS
        while writer.commits.is_reachable and time.monotonic() < ends:
            writer.trouble.heard()
            pause.wait(0.05)
        assert not writer.commits.is_reachable
        wire.up()
        writer.stop()


def test_stopping_with_a_database_that_is_away_ends(database: Database, driver: Driver) -> None:
    """What cannot be recorded is answered so: the worker keeps it and tells another engine."""
    turn = driver.turn(driver.begin(), wait=ANY_SIGNAL)
    with wire_to(database.target) as (wire, dsn):
        writer = Writer(dsn)
        wire.down()
        kept = writer.submit(turn, Lane.COMPLETIONS)
        writer.stop()
        assert code_of(kept) is Code.UNAVAILABLE


def test_stopping_with_an_outcome_unknown_ends(database: Database, driver: Driver) -> None:
    """A writer whose database is gone answers UNAVAILABLE instead of asking for ever."""
    run_id = driver.begin()
    with wire_to(database.target) as (wire, dsn):
        writer = Writer(dsn)
        steered(writer.submit(signal(run_id, "before")))
        writer.main.before_save = wire.down
        unknown = writer.submit(signal(run_id, "unknown"))
        writer.stop()
        assert code_of(unknown) is Code.UNAVAILABLE


def test_stopping_commits_what_is_queued_and_refuses_the_rest(writer: Writer, driver: Driver) -> None:
    """What was accepted is committed; what comes after the stop is UNAVAILABLE."""
    run_id = driver.begin()
    with writer.held(start()):
        queued = [writer.submit(signal(run_id, f"s{n}")) for n in range(10)]
        stopping = threading.Thread(target=writer.stop)
        stopping.start()
    stopping.join(SECONDS)
    assert all(steered(each).changed for each in queued)
    assert code_of(writer.submit(start())) is Code.UNAVAILABLE


def test_a_start_decided_on_what_has_changed_since_is_decided_again(
    writer: Writer, driver: Driver, database: Database
) -> None:
    """The id was free at the load and taken at the save, by somebody who took no advisory lock."""
    run_id = driver.begin("other")

    def take_the_id() -> None:
        with another(database) as connection:
            connection.execute(
                "INSERT INTO sched_current_runs (namespace, workflow_id, shard, run_id)"
                " VALUES ('default', 'mine', 0, %s)",
                [run_id],
            )
            connection.commit()

    writer.main.before_save = take_the_id
    answer = writer.submit(start("mine"))
    assert code_of(answer) is Code.ALREADY_EXISTS


def put_in_inbox(database: Database, *inputs: inbox_codec.Steering) -> None:
    for given in inputs:
        database.run(
            "INSERT INTO sched_inbox (run_id, namespace, shard, kind, data, request_id, created_at)"
            " VALUES (%s, 'default', 0, %s, %s, '', clock_timestamp())",
            [given.run_id, int(inbox_codec.kind_of(given)), inbox_codec.encode(given)],
        )


def test_a_drain_takes_the_inbox_into_the_history(writer: Writer, driver: Driver, database: Database) -> None:
    """What inline transactions asked for comes before what is only now being decided, in its order."""
    run_id = driver.begin()
    one = i.SignalSent(run_id=run_id, name="one", payload=payload("1"))
    put_in_inbox(database, one, signal(run_id, "two"))

    with writer.held(start()):
        drained = writer.submit(Drain(run_id), Lane.LOOPS)
        after = writer.submit(signal(run_id, "three"))
    drained.result(SECONDS)
    after.result(SECONDS)

    assert signals(driver, run_id) == ["one", "two", "three"]
    assert database.count("sched_inbox") == 0


def test_a_drained_termination_ends_the_run_and_what_comes_too_late_is_dropped(
    writer: Writer, driver: Driver, database: Database
) -> None:
    """Its tasks go with it, and the inbox is left empty."""
    run_id = driver.begin()
    put_in_inbox(database, i.TerminateRequested(run_id=run_id), signal(run_id, "late"))

    writer.submit(Drain(run_id), Lane.LOOPS).result(SECONDS)

    assert driver.names(run_id) == "WS WT"
    assert database.counts()["inbox"] == database.counts()["tasks"] == 0


def test_a_large_inbox_is_drained_bit_by_bit(writer: Writer, driver: Driver, database: Database) -> None:
    """In its order; all at once (13,000 were seen to) takes longer than a transaction may idle, for ever."""
    run_id = driver.begin()
    names = [f"s{n}" for n in range(2 * INBOX_MAX + 1)]
    put_in_inbox(database, *(signal(run_id, name) for name in names))

    writer.submit(Drain(run_id), Lane.LOOPS)
    pause = threading.Event()
    while database.count("sched_inbox"):
        assert not pause.wait(0.01)

    assert signals(driver, run_id) == names
    assert writer.sizes[:3] == [INBOX_MAX, INBOX_MAX, 1]


def test_a_drain_of_a_run_that_is_locked_waits_for_it(
    writer: Writer, driver: Driver, database: Database
) -> None:
    """Others commit meanwhile; what lies in the inbox is recorded once the run is free."""
    run_id = driver.begin()
    put_in_inbox(database, signal(run_id, "kept"))
    with another(database) as connection:
        lock(connection, run_id)
        drained = writer.submit(Drain(run_id), Lane.LOOPS)
        with writer.held(start()):
            assert not drained.done()
        connection.rollback()
        drained.result(SECONDS)
    assert signals(driver, run_id) == ["kept"]
