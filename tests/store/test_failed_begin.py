"""A guess is on its way before its BEGIN is answered. Where that fails, nothing behind it may take effect by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import LiteralString

import psycopg
import pytest

from tests.store.committing import SECONDS, Writer
from tests.store.databases import Database
from tests.store.driver import start
from tests.store.test_alone import begun_at, end
from tests.store.test_kept import Keeper, keeping
from workflows.core import inputs as i
from workflows.core.transition import Started
from workflows.store.backend import OutcomeUnknown, StaleRead
from workflows.store.postgres import PostgresBackend

FAILURES: dict[str, LiteralString] = {
    "as an operator cancels it": "SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(60)",
    "as it is refused": "SELECT 'none'::int",
}


def fail_begin(backend: PostgresBackend, monkeypatch: pytest.MonkeyPatch, failure: str) -> None:
    """The next BEGIN fails so."""
    exchange = backend._batch
    queue: Callable[[LiteralString], None] = exchange.queue_plain

    def queue_plain(plain: LiteralString) -> None:
        if plain == "BEGIN":
            monkeypatch.undo()
            plain = FAILURES[failure]
        queue(plain)

    monkeypatch.setattr(exchange, "queue_plain", queue_plain)


@pytest.mark.parametrize("failure", FAILURES)
def test_what_was_not_checked_is_not_written(
    postgres: Database, monkeypatch: pytest.MonkeyPatch, failure: str
) -> None:
    """The task has changed hands; the result of the delivery before must not be recorded."""
    with keeping(postgres) as keeper:
        chain = keeper.chain()
        keeper.commit(chain.result())  # so that all statements are prepared
        keeper.look.database.run("UPDATE sched_tasks SET delivery = 2 WHERE kind = 2")
        before = everything(keeper)
        fail_begin(keeper.backend, monkeypatch, failure)
        with pytest.raises((OutcomeUnknown, psycopg.Error)) as caught:
            keeper.commit(chain.result())
        assert keeper.guessed()
        assert everything(keeper) == before
        if isinstance(caught.value, OutcomeUnknown):
            assert keeper.backend.outcome_of(caught.value.transaction) is False
        keeper.backend.rollback()
        assert keeper.commit(start("next"))


def test_who_came_alone_is_decided_again(postgres: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, and in a transaction."""
    writer = Writer(postgres.target)
    try:
        writer.submit(start()).result(SECONDS)
        alone, first = begun_at(writer, start("first"))
        end(alone)
        first.result(SECONDS)
        fail_begin(writer.main, monkeypatch, "as an operator cancels it")
        alone, answer = begun_at(writer, start("canceled"))
        end(alone)
        assert isinstance(answer.result(SECONDS), Started)
    finally:
        writer.stop()
    assert writer.sizes == [1, 1, 1]


def test_nothing_is_written_outside_the_transaction_that_has_read(postgres: Database) -> None:
    """Whatever parts the statement has: its check comes before them, also before the one that it counts."""
    with keeping(postgres) as keeper:
        chain = keeper.chain()
        again = start("again")
        keeper.commit(again)
        keeper.commit(i.TerminateRequested(run_id=again.run_id))
        for given in (chain.result(), start("again"), start("new")):
            keeper.backend._kept.guessed(right=False)
            decided = keeper.begin(given)
            assert not keeper.guessed()
            keeper.backend.rollback()
            before = everything(keeper)
            keeper.backend._batch.open()
            with pytest.raises(StaleRead):
                keeper.backend.save_and_commit(decided.transitions)
            assert everything(keeper) == before
            keeper.backend._kept.guessed(right=False)
            assert keeper.commit(given)


def everything(keeper: Keeper) -> list[object]:
    """All rows of what a step writes."""
    tables = ("sched_executions", "sched_events", "sched_tasks", "sched_activities", "sched_current_runs")
    return [keeper.look.database.run(f"SELECT xmin, t.* FROM {table} t ORDER BY 2, 3") for table in tables]
