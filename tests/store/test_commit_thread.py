"""One committing thread over a backend that fails as it is told to."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import contextmanager

import psycopg

from tests.store.committing import SECONDS, settling
from tests.store.databases import Database
from tests.store.driver import start
from timers.trouble import Trouble
from workflows.core.rejection import Code, Rejected
from workflows.core.transition import Reply, Started, Transition
from workflows.store.backend import Loaded, LoadRequest, Locked, OutcomeUnknown
from workflows.store.commit_thread import CommitThread
from workflows.store.lanes import Lane, Submission
from workflows.store.postgres import PostgresBackend


class Failing(PostgresBackend):
    """The real one; its first loads fail as they are told to."""

    failures: Sequence[Exception] = ()

    def begin_and_load(self, request: LoadRequest) -> Loaded:
        if self.failures:
            failure, *self.failures = self.failures
            raise failure
        return super().begin_and_load(request)


class Secretive(PostgresBackend):
    """The real one; its connection is lost at the commit, and the server refuses to tell what became of that."""

    def save_and_commit(self, transitions: Sequence[Transition]) -> None:
        super().save_and_commit(transitions)
        raise OutcomeUnknown("7")

    def outcome_of(self, transaction: str) -> bool | None:
        raise psycopg.errors.InsufficientPrivilege(transaction)


class Slow(PostgresBackend):
    """The real one. Its session ends with a transaction of more than a few inputs, as where they take too long."""

    def begin_and_load(self, request: LoadRequest) -> Loaded:
        if len(request.starts) > 3:
            raise psycopg.OperationalError
        return super().begin_and_load(request)


class Away(PostgresBackend):
    """Of a server that nobody reaches."""

    def begin_and_load(self, request: LoadRequest) -> Loaded:
        raise psycopg.OperationalError


@contextmanager
def running(
    backend: type[PostgresBackend], database: Database, *failures: Exception, batch_max: int = 1
) -> Iterator[CommitThread]:
    made = backend(database.target, require_durability=False)
    if isinstance(made, Failing):
        made.failures = failures
    thread = CommitThread(
        "slow lane", made, lambda _: None, batch_max=batch_max, waits=True, trouble=Trouble()
    )
    thread.start()
    try:
        yield thread
    finally:
        thread.stop(SECONDS)


def put(thread: CommitThread, count: int, lane: Lane) -> list[Future[Reply]]:
    answers: list[Future[Reply]] = [Future() for _ in range(count)]
    thread.put(
        [
            Submission(given=start(f"order-{n}"), answer=settling(answer), lane=lane)
            for n, answer in enumerate(answers)
        ]
    )
    return answers


def test_what_was_contended_and_is_refused_is_forgotten(postgres: Database) -> None:
    """Its tries were counted by it; an outage that ends them must not keep it, and its payload, for ever."""
    away = psycopg.OperationalError
    with running(Failing, postgres, Locked("elsewhere"), away(), away()) as thread:
        answer: Future[Reply] = Future()
        settle = settling(answer)
        kept = weakref.ref(settle)
        thread.put([Submission(given=start("order"), answer=settle, lane=Lane.REQUESTS)])
        del settle
        refusal = answer.exception(SECONDS)
        assert isinstance(refusal, Rejected)
        assert refusal.code is Code.UNAVAILABLE
    gc.collect()
    assert kept() is None


def test_an_outcome_that_cannot_be_read_is_an_answer_too(postgres: Database) -> None:
    """A server that refuses the question costs the batch, and not its answers."""
    with running(Secretive, postgres) as thread:
        (answer,) = put(thread, 1, Lane.COMPLETIONS)
        assert isinstance(answer.exception(SECONDS), Rejected)


def test_what_takes_too_long_together_is_tried_in_smaller_batches(postgres: Database) -> None:
    """Completions are never refused, so the same batch would fail for ever."""
    with running(Slow, postgres, batch_max=16) as thread:
        for answer in put(thread, 16, Lane.COMPLETIONS):
            assert isinstance(answer.result(SECONDS), Started)


def test_who_waits_in_an_outage_is_told_at_once(postgres: Database) -> None:
    """Batches become small then; it must not be their turn first, one each half second."""
    with running(Away, postgres, batch_max=8) as thread:
        answers = put(thread, 200, Lane.REQUESTS)
        assert not wait(answers, SECONDS).not_done
        refusals = [answer.exception() for answer in answers]
        assert {each.code for each in refusals if isinstance(each, Rejected)} == {Code.UNAVAILABLE}
