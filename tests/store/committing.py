"""A group commit over real connections, with places where a test can step in between."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import timedelta

import psycopg

from tests.store.databases import Database
from timers.trouble import Trouble
from workflows.core.inputs import Input
from workflows.core.transition import Reply, Transition
from workflows.store.backend import Backend
from workflows.store.group_commit import GroupCommit
from workflows.store.lanes import Drain, Lane, Submission
from workflows.store.postgres import PostgresBackend
from workflows.store.postgres.session import Limits
from workflows.store.seating import Seats
from workflows.store.work import Committed

SECONDS = 10.0
"""For what should take milliseconds."""
QUICK = Limits(lock=timedelta(milliseconds=100))
"""So that tries in vain are soon over."""


class SteppedBackend(PostgresBackend):
    """The real one. `before_save` is called once, on the thread that commits, between load and save."""

    before_save: Callable[[], None] | None = None

    def write(self, transitions: Sequence[Transition]) -> bool:
        step, self.before_save = self.before_save, None
        if step is not None:
            step()
        return super().write(transitions)

    @property
    def pid(self) -> int:
        assert self._connection is not None
        return self._connection.info.backend_pid


class Writer:
    """A running group commit; remembers its batches."""

    def __init__(self, dsn: str, *, limits: Limits = QUICK, seats: Seats | None = None) -> None:
        self.trouble = Trouble()
        self._dsn = dsn
        self._limits = limits
        self.committed: list[Committed] = []
        self.backends: list[SteppedBackend] = []
        self.commits = GroupCommit(self._backend, self.committed.append, seats=seats, trouble=self.trouble)
        self.slow, self.main = self.backends
        self.commits.start()

    @property
    def sizes(self) -> list[int]:
        """Transitions of each commit."""
        return [len(each.transitions) for each in self.committed]

    def submit(self, given: Input | Drain, lane: Lane = Lane.REQUESTS) -> Future[Reply]:
        """Its answer is the future's result or exception."""
        answer: Future[Reply] = Future()
        self.commits.submit(given, settling(answer), lane)
        return answer

    def submit_all(self, inputs: Sequence[Input], lane: Lane = Lane.REQUESTS) -> list[Future[Reply]]:
        answers: list[Future[Reply]] = [Future() for _ in inputs]
        self.commits.submit_all(
            [
                Submission(given=given, answer=settling(answer), lane=lane)
                for given, answer in zip(inputs, answers, strict=True)
            ]
        )
        return answers

    @contextmanager
    def held(self, given: Input) -> Iterator[Future[Reply]]:
        """While the block runs, the commit of `given` is under way."""
        arrived, go_on = threading.Event(), threading.Event()

        def step() -> None:
            arrived.set()
            assert go_on.wait(SECONDS)

        self.main.before_save = step
        answer = self.submit(given)
        assert arrived.wait(SECONDS)
        try:
            yield answer
        finally:
            go_on.set()

    def stop(self) -> None:
        self.commits.stop(SECONDS)

    def _backend(self) -> Backend:
        backend = SteppedBackend(self._dsn, limits=self._limits, require_durability=False)
        self.backends.append(backend)
        return backend


def settling(future: Future[Reply]) -> Callable[[Reply | BaseException], None]:
    def settle(reply: Reply | BaseException) -> None:
        if isinstance(reply, BaseException):
            future.set_exception(reply)
        else:
            future.set_result(reply)

    return settle


@contextmanager
def another(database: Database) -> Iterator[psycopg.Connection]:
    """Another session, in a transaction of its own while the block runs; rolled back if it is still open then."""
    connection = psycopg.connect(database.target)
    try:
        yield connection
    finally:
        connection.rollback()
        connection.close()


def kill(database: Database, pid: int) -> None:
    """End a session of the server, and wait until it is gone."""
    with psycopg.connect(database.target, autocommit=True) as connection:
        done = connection.execute("SELECT pg_terminate_backend(%s, 5000)", [pid]).fetchone()
    assert done == (True,)
