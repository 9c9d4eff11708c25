"""Many statements in one message: their rows, their errors, and what the server has prepared."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import LiteralString

import psycopg
import pytest

from tests.store.databases import Database
from tests.store.wire import wire_to
from timers.clock import SystemClock
from timers.patience import PatientConnection
from workflows.store.postgres import arrays as a
from workflows.store.postgres.exchange import Exchange
from workflows.store.postgres.session import FROZEN_AFTER, Limits, open_session

CLOCK = SystemClock()
NUMBERS = "SELECT n FROM unnest(%(numbers)s) n ORDER BY n"
NAMES = "SELECT n FROM unnest(%(names)s) n"
DIVIDED = "SELECT 1 / n FROM unnest(%(numbers)s) n"
CHANGED = "SELECT n || n FROM unnest(%(names)s) n"
PREPARED = "SELECT count(*) FROM pg_prepared_statements WHERE from_sql = false"


@pytest.fixture
def connection(postgres: Database) -> Iterator[PatientConnection]:
    opened = session(postgres.target)
    yield opened
    opened.close()


@pytest.fixture
def exchange(connection: PatientConnection) -> Exchange:
    return Exchange(connection)


def session(dsn: str) -> PatientConnection:
    return open_session(dsn, application_name="exchange", limits=Limits(), require_durability=False)


def is_in_transaction(connection: PatientConnection) -> bool:
    return connection.info.transaction_status is not psycopg.pq.TransactionStatus.IDLE


def prepared(connection: PatientConnection) -> int:
    row = connection.execute(PREPARED, prepare=False).fetchone()
    assert row is not None
    return int(row[0])


def test_rows_come_by_statement_and_in_order(exchange: Exchange) -> None:
    """Nulls, empty texts and no rows at all among them."""
    exchange.open()
    exchange.queue_plain("BEGIN")
    numbers = exchange.queue(NUMBERS, {"numbers": a.ints([3, 1, None, 2])})
    names = exchange.queue(NAMES, {"names": a.texts(["ö", None, ""])})
    nothing = exchange.queue(NUMBERS, {"numbers": a.ints([])})
    exchange.queue_plain("COMMIT")
    found = exchange.run()
    exchange.close()
    assert found[numbers] == [(1,), (2,), (3,), (None,)]
    assert found[names] == [("ö",), (None,), ("",)]
    assert found[nothing] == []


def test_a_statement_is_prepared_once(exchange: Exchange, connection: PatientConnection) -> None:
    """Also where the transaction that prepared it failed or was rolled back."""
    known = prepared(connection)
    for _ in range(3):
        exchange.open()
        exchange.queue_plain("BEGIN")
        exchange.queue(NUMBERS, {"numbers": a.ints([1])})
        exchange.queue(DIVIDED, {"numbers": a.ints([0])})
        with pytest.raises(psycopg.errors.DivisionByZero):
            exchange.run()
        exchange.close()
        exchange.roll_back()
        assert prepared(connection) == known + 2


def test_a_session_keeps_the_statements_that_were_used_last(
    exchange: Exchange, connection: PatientConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each save has its parts, in thousands of ways, and the server pays for all that it keeps."""
    monkeypatch.setattr("workflows.store.postgres.exchange.PREPARED_MAX", 4, raising=False)
    known = prepared(connection)
    for n in (0, 1, 2, 3, 0, 4, 5, 6, 7, 0, 1, 1, 8):
        exchange.open()
        found = [exchange.queue(f"SELECT {each}", {}) for each in (n, 100 + n, 0)]
        rows = exchange.run()
        exchange.close()
        assert [rows[index] for index in found] == [[(n,)], [(100 + n,)], [(0,)]]
    assert prepared(connection) == known + 4


def test_a_statement_is_forgotten_if_the_server_has_forgotten_it(
    exchange: Exchange, connection: PatientConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind an error nothing is carried out, so it still has all that it had."""
    monkeypatch.setattr("workflows.store.postgres.exchange.PREPARED_MAX", 2, raising=False)
    known = prepared(connection)
    for _ in range(3):
        exchange.open()
        exchange.queue(DIVIDED, {"numbers": a.ints([0])})
        exchange.queue(NUMBERS, {"numbers": a.ints([1])})
        exchange.queue(NAMES, {"names": a.texts([])})
        with pytest.raises(psycopg.errors.DivisionByZero):
            exchange.run()
        index = exchange.queue(NUMBERS, {"numbers": a.ints([2])})
        assert exchange.run()[index] == [(2,)]
        exchange.close()
        assert prepared(connection) == known + 2


def test_the_first_error_is_raised_and_nothing_behind_it_done(
    exchange: Exchange, connection: PatientConnection
) -> None:
    """And then everything goes on."""
    connection.execute("CREATE TEMPORARY TABLE done (n int)")
    exchange.open()
    exchange.queue_plain("BEGIN")
    exchange.queue(DIVIDED, {"numbers": a.ints([0])})
    exchange.queue("INSERT INTO done SELECT * FROM unnest(%(numbers)s)", {"numbers": a.ints([1])})
    exchange.queue_plain("COMMIT")
    with pytest.raises(psycopg.errors.DivisionByZero):
        exchange.run()
    exchange.close()
    exchange.roll_back()
    assert connection.execute("SELECT count(*) FROM done").fetchone() == (0,)
    exchange.open()
    index = exchange.queue(DIVIDED, {"numbers": a.ints([1])})
    assert exchange.run()[index] == [(1,)]
    exchange.close()


def test_more_than_a_socket_takes_goes_both_ways(exchange: Exchange) -> None:
    """The server answers while the rest is sent: neither waits for the other."""
    large = ["x" * 1_000_000] * 16
    exchange.open()
    found = [exchange.queue(NAMES, {"names": a.texts(large)}) for _ in range(3)]
    rows = exchange.run()
    exchange.close()
    assert all([name for (name,) in rows[index]] == large for index in found)


def test_what_was_queued_and_never_run_is_carried_out_at_the_end(
    exchange: Exchange, connection: PatientConnection
) -> None:
    """So that the connection can be used again, and the transaction be rolled back."""
    exchange.open()
    exchange.queue_plain("BEGIN")
    exchange.queue(NUMBERS, {"numbers": a.ints([1])})
    exchange.close()
    assert is_in_transaction(connection)
    exchange.roll_back()
    assert not is_in_transaction(connection)


def test_a_session_that_the_server_ends_raises(postgres: Database, exchange: Exchange) -> None:
    """Also where it was ended before anything was sent."""
    exchange.open()
    pid = exchange.queue("SELECT pg_backend_pid()", {})
    ((backend,),) = exchange.run()[pid]
    postgres.run("SELECT pg_terminate_backend(%s)", [backend])
    exchange.queue(NUMBERS, {"numbers": a.ints([1])})
    with pytest.raises(psycopg.OperationalError):
        exchange.run()
    exchange.close()


def test_a_connection_that_is_cut_raises(postgres: Database) -> None:
    """Before the answer came."""
    with wire_to(postgres.target) as (wire, dsn):
        connection = session(dsn)
        exchange = Exchange(connection)
        exchange.open()
        exchange.queue(NUMBERS, {"numbers": a.ints([1])})
        wire.down()
        with pytest.raises(psycopg.OperationalError):
            exchange.run()
        assert connection.closed
        exchange.close()


def run_until_it_is_cut(exchange: Exchange) -> None:
    with suppress(psycopg.Error):
        exchange.run()


@pytest.mark.parametrize("statement", [NAMES, CHANGED], ids=["known", "new"])
def test_half_a_message_keeps_no_locks(postgres: Database, statement: LiteralString) -> None:
    """A writer that freezes while it sends is ended by the server as one that freezes between two messages."""
    with wire_to(postgres.target) as (wire, dsn):
        connection = session(dsn)
        exchange = Exchange(connection)
        exchange.open()
        exchange.queue(NAMES, {"names": a.texts([])})
        exchange.queue_plain("BEGIN")
        exchange.queue_plain("SELECT pg_advisory_xact_lock(1)")
        exchange.run()
        wire.hush_after(1 << 16)
        exchange.queue(statement, {"names": a.texts(["x" * 1_000_000] * 8)})
        sending = threading.Thread(target=run_until_it_is_cut, args=[exchange])
        sending.start()
        begun = CLOCK.monotonic()
        postgres.run("SET lock_timeout = '10s'; SELECT pg_advisory_lock(1); SELECT pg_advisory_unlock_all()")
        assert CLOCK.monotonic() - begun < FROZEN_AFTER.total_seconds() + 1
        wire.down()
        sending.join()
        connection.close()
