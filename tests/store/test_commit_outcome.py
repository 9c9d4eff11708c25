"""The connection dies at COMMIT: the database is asked what became of it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pytest_django import DjangoDbBlocker

from tests.servers.mortal_postgres import mortal_postgres
from tests.store.databases import Database, postgres_database
from tests.store.driver import Driver, request_of, start
from workflows.core import inputs as i
from workflows.core.values import ConflictPolicy
from workflows.store.backend import LoadRequest, OutcomeUnknown
from workflows.store.postgres import PostgresBackend

COMMITTED = b"COMMIT\0"
"""The server's tag of the statement that has been carried out."""


class Wire:
    """Hands bytes on between a client and the server, until told to lose what the server says of a COMMIT.

    Not what it says before: a statement that is prepared is answered by itself, and who hears nothing of that is gone
    before COMMIT is there.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.deaf = threading.Event()
        self._sockets: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()
        for each in self._sockets:
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(self._target)
            self._sockets += [client, server]
            threading.Thread(target=self._pump, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self._pump, args=(server, client, True), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, may_be_lost: bool) -> None:
        try:
            while data := source.recv(65536):
                if may_be_lost and self.deaf.is_set() and COMMITTED in data:
                    sink.shutdown(socket.SHUT_RDWR)
                    return
                sink.sendall(data)
        except OSError:
            return


@contextmanager
def wire_to(database: Database) -> Iterator[tuple[Wire, str]]:
    parts = conninfo_to_dict(database.target)
    wire = Wire(str(parts["host"]), int(str(parts["port"])))
    yield wire, make_conninfo(database.target, host="127.0.0.1", port=wire.port)
    wire.close()


def test_a_commit_whose_answer_is_lost_is_found_committed(postgres: Database) -> None:
    """The outcome is unknown to the connection and known to the database."""
    with wire_to(postgres) as (wire, dsn):
        backend = PostgresBackend(dsn, require_durability=False)
        driver = Driver(backend, postgres)
        given = start("order")
        loaded = backend.begin_and_load(request_of([given]))
        wire.deaf.set()
        with pytest.raises(OutcomeUnknown) as unknown:
            backend.save_and_commit(driver.decide(loaded, [given]))
        wire.deaf.clear()

        assert unknown.value.transaction == loaded.transaction
        assert settled(backend, loaded.transaction) is True
        assert driver.names(given.run_id) == "WS"
        backend.close()


def test_a_transaction_that_died_before_it_is_found_lost(postgres: Database) -> None:
    """Open it has no outcome, dead it has none of its effects; the same start can be repeated."""
    backend = PostgresBackend(postgres.target, require_durability=False)
    driver = Driver(backend, postgres)
    given = start("order")
    loaded = backend.begin_and_load(request_of([given]))
    assert backend.outcome_of(loaded.transaction) is None
    with psycopg.connect(postgres.target, autocommit=True) as killer:
        pid = backend._open.info.backend_pid
        killer.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

    with pytest.raises(OutcomeUnknown):
        backend.save_and_commit(driver.decide(loaded, [given]))

    assert backend.outcome_of(loaded.transaction) is False
    assert postgres.counts()["executions"] == 0
    driver.commit(given)
    assert driver.names(given.run_id) == "WS"
    backend.close()


def test_what_was_committed_under_its_id_by_another_is_not_taken_for_it(
    django_db_blocker: DjangoDbBlocker,
) -> None:
    """A crash of the server gives out again the ids that its log does not know: the batch that had one is lost."""
    with mortal_postgres() as server, django_db_blocker.unblock(), postgres_database(server.dsn) as database:
        backend = PostgresBackend(database.target)
        driver = Driver(backend, database)
        run_id = driver.begin()
        signal = i.SignalSent(run_id=run_id, name="go")
        for given in (start("order"), signal):
            loaded = backend.begin_and_load(request_of([given]))
            transitions = driver.decide(loaded, [given])
            database.wrapper.close()
            server.stop()
            server.start()
            assert last_committed(database, at_least=int(loaded.transaction)) >= int(loaded.transaction)

            with pytest.raises(OutcomeUnknown):
                backend.save_and_commit(transitions)

            assert backend.outcome_of(loaded.transaction) is False
        assert driver.names(run_id) == "WS"
        assert database.counts()["executions"] == 1
        backend.close()


def settled(backend: PostgresBackend, transaction: str) -> bool:
    """As the committing thread asks: the server may not have come to the COMMIT when its first answers are lost."""
    deadline = time.monotonic() + 10
    while (outcome := backend.outcome_of(transaction)) is None:
        assert time.monotonic() < deadline, "the transaction is still under way"
    return outcome


def last_committed(database: Database, *, at_least: int) -> int:
    """Commits until an id is given out that is no less; it was used up by somebody else then."""
    used = 0
    while used < at_least:
        used = int(database.run("SELECT pg_current_xact_id()::text")[0][0])
    return used


def test_batches_without_an_event_have_a_witness_too(postgres: Database) -> None:
    """A retry that is due changes operations alone; a start that finds its run remembers a request id alone."""
    with wire_to(postgres) as (wire, dsn):
        backend = PostgresBackend(dsn, require_durability=False)
        driver = Driver(backend, postgres)
        run_id = driver.begin("order")
        key = driver.load(run_id).workflow_task_key
        lost = i.LeaseExpired(key=key, delivery=driver.claim(key), lost=True)
        again = start("order", conflict=ConflictPolicy.USE_EXISTING, request_id="again")
        for given in (lost, again):
            loaded = backend.begin_and_load(request_of([given]))
            transitions = driver.decide(loaded, [given])
            backend.rollback()
            loaded = backend.begin_and_load(request_of([given]))
            wire.deaf.set()
            with pytest.raises(OutcomeUnknown):
                backend.save_and_commit(transitions)
            wire.deaf.clear()
            assert settled(backend, loaded.transaction) is True
            assert not any(transition.events for transition in transitions)
        backend.close()


def test_a_connection_lost_between_batches_is_made_anew(postgres: Database) -> None:
    """The batch that meets the loss fails; after the rollback the next one commits."""
    backend = PostgresBackend(postgres.target, require_durability=False)
    driver = Driver(backend, postgres)
    driver.begin()
    with psycopg.connect(postgres.target, autocommit=True) as killer:
        killer.execute("SELECT pg_terminate_backend(%s, 5000)", [backend._open.info.backend_pid])
    with pytest.raises(psycopg.OperationalError):
        backend.begin_and_load(LoadRequest())
    backend.rollback()
    driver.begin()
    assert postgres.counts()["executions"] == 2
    backend.close()
