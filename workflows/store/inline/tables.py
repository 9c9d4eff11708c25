"""What the inline writer asks of a database, over the caller's connection. Both databases answer the same."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol

from django.db import IntegrityError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from timers.clock import Clock
from workflows.codec import inbox as inbox_codec
from workflows.codec.inbox import Steering
from workflows.core.keys import shard_of
from workflows.core.rejection import Code, Rejected
from workflows.core.state import State
from workflows.store.backend import StartKey, WorkflowKey
from workflows.store.merge import Net


class Tables(Protocol):
    """Used inside a transaction."""

    @property
    def connection(self) -> BaseDatabaseWrapper:
        """The caller's."""

    def now(self) -> datetime:
        """The time of decisions."""

    def try_start(self, key: StartKey) -> bool:
        """Tries to hold a workflow id, and the start's request id, to the end of the transaction."""

    def try_request(self, name: WorkflowKey, request_id: str) -> bool:
        """Tries to hold a request id to the end of the transaction."""

    def current(self, name: WorkflowKey) -> State | None:
        """The header of the run that a workflow id means now."""

    def run(self, run_id: str) -> State | None:
        """The header of a run."""

    def request(self, name: WorkflowKey, request_id: str) -> str | None:
        """The run that a request id was for."""

    def write(self, net: Net, current: State | None) -> None:
        """Inserts a start's rows; `current` is the run whose id it takes over."""

    def raw_id(self, run_id: str) -> Any:
        """A run id as a parameter."""

    def raw_instant(self, instant: datetime) -> Any:
        """An instant as a parameter."""


def tables(using: str, clock: Clock | None = None) -> Tables:
    """For a database alias; `clock` replaces the time of decisions in tests."""
    connection = connections[using]
    if connection.vendor == "postgresql":
        from workflows.store.inline.postgres import PostgresTables

        return PostgresTables(connection, clock)
    from workflows.store.inline.sqlite import SqliteTables

    return SqliteTables(connection, clock)


def run_of(found: Tables, namespace: str, workflow_id: str, run_id: str) -> State:
    """The run that a request means: the one it names, or the current one.

    Raises:
        Rejected: NOT_FOUND.
    """
    run = found.run(run_id) if run_id else found.current((namespace, workflow_id))
    if run is None or (run.namespace, run.workflow_id) != (namespace, workflow_id):
        of_run = f" and the run id {run_id!r}" if run_id else ""
        raise Rejected(Code.NOT_FOUND, f"no execution has the workflow id {workflow_id!r}{of_run}")
    return run


def put(found: Tables, run: State, given: Steering) -> None:
    """Inserts into the inbox of a run."""
    kind, data = int(inbox_codec.kind_of(given)), inbox_codec.encode(given)
    created_at = found.raw_instant(found.now())
    with found.connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO sched_inbox (namespace, shard, run_id, kind, data, request_id, created_at)
            VALUES (%s, %s, %s, %s, %s, %s, %s)""",
            [*_place(run), found.raw_id(run.run_id), kind, data, given.request_id, created_at],
        )


def remember(found: Tables, run: State, request_id: str) -> None:
    """Inserts a request id."""
    with _conflicts_refused(request_id), found.connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO sched_requests (namespace, shard, run_id, workflow_id, request_id)
            VALUES (%s, %s, %s, %s, %s)""",
            [*_place(run), found.raw_id(run.run_id), run.workflow_id, request_id],
        )


def write(found: Tables, net: Net, current: State | None) -> None:
    """Inserts a start's rows."""
    with _conflicts_refused(next(iter(net.current))[1] if net.current else "the request id"):
        found.write(net, current)


def _place(run: State) -> tuple[str, int]:
    return run.namespace, shard_of(run.workflow_id)


@contextmanager
def _conflicts_refused(name: str) -> Iterator[None]:
    """Under the advisory locks an id collides only in a snapshot that is older than they are."""
    try:
        yield
    except IntegrityError as error:
        raise Rejected(Code.ID_BUSY, f"another transaction has just used {name!r}; try again") from error
