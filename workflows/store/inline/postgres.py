"""The inline writer's tables on PostgreSQL.

Statements go to the driver's connection below Django's cursor, which would bind parameters into the text; there they
are the group commit's own, so a start is written by one statement and in one way.
"""

from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID
from weakref import WeakSet

import psycopg
from django.db import IntegrityError
from django.db.backends.base.base import BaseDatabaseWrapper

from timers.clock import Clock
from workflows.core.state import State
from workflows.store.backend import StartKey, WorkflowKey
from workflows.store.merge import Net
from workflows.store.postgres import arrays, load, rows, save
from workflows.store.postgres.parts import statement

_TRY_START = f"SELECT pg_try_advisory_xact_lock({load.START_LOCK})".format(
    namespace="%(namespace)s::text", workflow_id="%(workflow_id)s::text"
)
_TRY_REQUEST = f"SELECT pg_try_advisory_xact_lock({load.REQUEST_LOCK})".format(
    namespace="%(namespace)s::text", workflow_id="%(workflow_id)s::text", request_id="%(request_id)s::text"
)
_REQUEST = """SELECT run_id::text FROM sched_requests
    WHERE namespace = %(namespace)s AND workflow_id = %(workflow_id)s AND request_id = %(request_id)s"""

_known: WeakSet[psycopg.Connection[Any]] = WeakSet()
"""Connections that take our arrays."""


class PostgresTables:
    """See `Tables`."""

    def __init__(self, connection: BaseDatabaseWrapper, clock: Clock | None = None) -> None:
        self.connection = connection
        self._clock = clock

    def now(self) -> datetime:
        if self._clock is not None:
            return self._clock.now()
        found: datetime = self._rows("SELECT clock_timestamp()")[0][0]
        return found

    def try_start(self, key: StartKey) -> bool:
        parameters = {"namespace": key.namespace, "workflow_id": key.workflow_id}
        got = bool(self._rows(_TRY_START, parameters)[0][0])
        return got and (not key.request_id or self.try_request(key[:2], key.request_id))

    def try_request(self, name: WorkflowKey, request_id: str) -> bool:
        return bool(self._rows(_TRY_REQUEST, _request(name, request_id))[0][0])

    def current(self, name: WorkflowKey) -> State | None:
        return self._header(load.CURRENT, {"namespace": name[0], "workflow_id": name[1]})

    def run(self, run_id: str) -> State | None:
        return self._header(load.RUN, {"run_id": UUID(run_id)})

    def request(self, name: WorkflowKey, request_id: str) -> str | None:
        found = self._rows(_REQUEST, _request(name, request_id))
        return str(found[0][0]) if found else None

    def write(self, net: Net, current: State | None) -> None:
        taken = {} if current is None else {(current.namespace, current.workflow_id): current.run_id}
        parts, parameters = save.parameters(net, taken, ())
        try:
            self._rows(statement(parts, behind_locks=False), parameters)
        except psycopg.errors.DivisionByZero as error:
            raise IntegrityError(str(error)) from error

    def raw_id(self, run_id: str) -> UUID:
        return UUID(run_id)

    def raw_instant(self, instant: datetime) -> datetime:
        return instant

    def _header(self, statement: LiteralString, parameters: dict[str, Any]) -> State | None:
        found = self._rows(statement, parameters)
        return rows.header(found[0]) if found else None

    def _rows(self, statement: LiteralString, parameters: dict[str, Any] | None = None) -> list[Any]:
        self.connection.ensure_connection()
        driver: psycopg.Connection[Any] = self.connection.connection
        if driver not in _known:
            arrays.register(driver.adapters)
            _known.add(driver)
        with self.connection.wrap_database_errors, psycopg.Cursor(driver) as cursor:
            cursor.execute(statement, parameters, binary=True)
            return cursor.fetchall()


def _request(name: WorkflowKey, request_id: str) -> dict[str, str]:
    return {"namespace": name[0], "workflow_id": name[1], "request_id": request_id}
