"""The inline writer's tables on SQLite. Whoever writes holds the one lock, so ids are never in another's hands."""

import sqlite3
from datetime import datetime
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from timers.clock import Clock, SystemClock
from workflows.core.inputs import Needs
from workflows.core.state import State
from workflows.store.backend import StartKey, WorkflowKey
from workflows.store.merge import Net
from workflows.store.sqlite import load
from workflows.store.sqlite.save import save
from workflows.store.sqlite.values import hex_id, text

_CLOCK = SystemClock()


class SqliteTables:
    """See `Tables`."""

    def __init__(self, connection: BaseDatabaseWrapper, clock: Clock | None = None) -> None:
        self.connection = connection
        self._clock = clock or _CLOCK

    def now(self) -> datetime:
        return self._clock.now()

    def try_start(self, key: StartKey) -> bool:
        del key
        return True

    def try_request(self, name: WorkflowKey, request_id: str) -> bool:
        del name, request_id
        return True

    def current(self, name: WorkflowKey) -> State | None:
        with self.connection.wrap_database_errors:
            return load.current(self._driver, name)

    def run(self, run_id: str) -> State | None:
        with self.connection.wrap_database_errors:
            return load.state(self._driver, run_id, Needs())

    def request(self, name: WorkflowKey, request_id: str) -> str | None:
        with self.connection.wrap_database_errors:
            return load.request(self._driver, name, request_id)

    def write(self, net: Net, current: State | None) -> None:
        del current
        with self.connection.wrap_database_errors:
            save(self._driver, net)

    def raw_id(self, run_id: str) -> str:
        return hex_id(run_id)

    def raw_instant(self, instant: datetime) -> Any:
        return text(instant)

    @property
    def _driver(self) -> sqlite3.Connection:
        self.connection.ensure_connection()
        found: sqlite3.Connection = self.connection.connection
        return found
