"""Settings that an operator may give a server, a database or a role, and that must make no difference to a writer."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from tests.store.committing import another
from tests.store.databases import Database, postgres_database
from tests.store.driver import Driver, request_of, start
from workflows.core.inputs import Needs
from workflows.store.backend import LoadRequest
from workflows.store.postgres import PostgresBackend
from workflows.store.postgres import arrays as a
from workflows.store.postgres.exchange import Exchange
from workflows.store.postgres.session import Limits, open_session

NAMES = "SELECT n FROM unnest(%(names)s) n"


@pytest.fixture
def own(postgres_dsn: str, django_db_blocker: DjangoDbBlocker) -> Iterator[Database]:
    """A database whose settings a test may change."""
    with django_db_blocker.unblock(), postgres_database(postgres_dsn) as database:
        yield database


def set_of(database: Database, name: str, value: str) -> None:
    """For all sessions that are opened from now on."""
    (current,) = database.run("SELECT current_database()")
    database.run(f"ALTER DATABASE {current[0]} SET {name} = '{value}'")


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_texts_are_what_they_were_whatever_encoding_sessions_have(own: Database, encoding: str) -> None:
    """What goes out is UTF-8, so what comes back must be; and texts are no bytes."""
    set_of(own, "client_encoding", encoding)
    with open_session(
        own.target, application_name="encoded", limits=Limits(), require_durability=False
    ) as connection:
        exchange = Exchange(connection)
        exchange.open()
        index = exchange.queue(NAMES, {"names": a.texts(["ö", "日本"])})
        found = exchange.run()[index]
        exchange.close()
    assert found == [("ö",), ("日本",)]


def test_an_outcome_is_read_whatever_encoding_sessions_have(own: Database) -> None:
    """As bytes it would be none that is known, and be asked for until the engine stops."""
    set_of(own, "client_encoding", "SQL_ASCII")
    backend = PostgresBackend(own.target, require_durability=False)
    driver = Driver(backend, own)
    given = start("order")
    loaded = backend.begin_and_load(request_of([given]))
    backend.save_and_commit(driver.decide(loaded, [given]))
    assert backend.outcome_of(loaded.transaction) is True
    backend.close()


def test_what_was_waited_for_is_seen_whatever_isolation_sessions_have(own: Database) -> None:
    """A snapshot of the whole transaction is older than the lock, and the server refuses to give it."""
    set_of(own, "default_transaction_isolation", "repeatable read")
    backend = PostgresBackend(own.target, require_durability=False)
    run_id = Driver(backend, own).begin()
    with another(own) as session:
        session.execute("UPDATE sched_executions SET signals_open = 7 WHERE run_id = %s", [run_id])
        threading.Timer(0.3, session.commit).start()
        loaded = backend.begin_and_load(LoadRequest(runs={run_id: Needs()}, wait=True))
        assert loaded.states[run_id].signals_open == 7
    backend.rollback()
    backend.close()
