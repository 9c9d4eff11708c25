"""The server ends the session right behind a COMMIT that it has carried out, as a fast shutdown does."""

from __future__ import annotations

import signal
import socket
import struct
from contextlib import suppress

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pytest_django import DjangoDbBlocker

from tests.servers.mortal_postgres import mortal_postgres
from tests.store.databases import Database, postgres_database
from tests.store.driver import Driver, request_of, start
from tests.store.wire import Wire
from workflows.store.backend import LoadRequest, OutcomeUnknown
from workflows.store.postgres import PostgresBackend

COMMITTED = b"C" + struct.pack("!I", 11) + b"COMMIT\0"
_FIELDS = b"SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0"
SHUTDOWN = b"E" + struct.pack("!I", len(_FIELDS) + 4) + _FIELDS


class Farewell(Wire):
    """Behind the answer to COMMIT comes the server's farewell; that it has closed the connection shows later."""

    def _answers(self, pair: tuple[socket.socket, socket.socket]) -> None:
        client, server = pair
        with suppress(OSError):
            while data := server.recv(1 << 20):
                before, committed, _ = data.partition(COMMITTED)
                client.sendall(before + committed + SHUTDOWN if committed else data)


def test_a_farewell_behind_a_commit_does_not_undo_it(postgres: Database) -> None:
    """To take it for a refusal would mean to decide all of it again."""
    parts = {name: str(value) for name, value in conninfo_to_dict(postgres.target).items()}
    wire = Farewell(parts["host"], int(parts["port"]))
    backend = PostgresBackend(
        make_conninfo(postgres.target, host="127.0.0.1", port=wire.port), require_durability=False
    )
    driver, given = Driver(backend, postgres), start("order")
    loaded = backend.begin_and_load(request_of([given]))

    with pytest.raises(OutcomeUnknown) as unknown:
        backend.save_and_commit(driver.decide(loaded, [given]))

    assert backend.outcome_of(unknown.value.transaction) is True
    assert driver.names(given.run_id) == "WS"
    wire.down()


def test_a_transaction_that_the_server_never_heard_of_is_lost(postgres: Database) -> None:
    """The server that answers after a fail-over may be behind the one that died."""
    backend = PostgresBackend(postgres.target, require_durability=False)
    loaded = backend.begin_and_load(LoadRequest())
    backend.rollback()

    assert backend.outcome_of(str(int(loaded.transaction) + 1_000_000)) is False
    backend.close()


def test_a_stand_by_is_not_believed(django_db_blocker: DjangoDbBlocker) -> None:
    """What it has received and not replayed it knows nothing of; once it has taken over it has replayed all."""
    with mortal_postgres() as server, django_db_blocker.unblock(), postgres_database(server.dsn) as database:
        backend = PostgresBackend(database.target)
        loaded = backend.begin_and_load(LoadRequest())
        backend.close()
        database.wrapper.close()
        server.stop(signal.SIGINT)
        server.become_standby()
        server.start()
        not_replayed = str(int(loaded.transaction) + 1_000_000)
        for transaction in (not_replayed, loaded.transaction):
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                backend.outcome_of(transaction)

        database.run("SELECT pg_promote()")
        assert backend.outcome_of(not_replayed) is False
