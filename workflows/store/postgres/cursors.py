"""A session of our own for one thread: prepared statements in autocommit, connected again when it was lost."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
from psycopg import errors
from psycopg.adapt import Buffer, Loader

from timers.patience import OnSilence
from workflows.store.postgres.session import Limits, open_session

_LIMITS = Limits(statement=timedelta(seconds=10))


class PostgresCursors:
    """Django's cursors write the values into the statement's text, so the server parses and plans each anew.

    Args:
        dsn: of the server.
        application_name: as operators see the session.
        on_silence: hears, on the thread that waits, that an answer is late.
    """

    def __init__(self, dsn: str, application_name: str, *, on_silence: OnSilence | None = None) -> None:
        self._dsn = dsn
        self._name = application_name
        self._on_silence = on_silence
        self._connection: psycopg.Connection[Any] | None = None

    @contextmanager
    def cursor(self) -> Iterator[psycopg.Cursor[Any]]:
        connection = self._connected()
        try:
            with connection.cursor() as cursor:
                yield cursor
        except psycopg.Error as error:
            # One that takes reads only has been replaced, perhaps, and a new session leads to its successor.
            if connection.closed or isinstance(error, errors.ReadOnlySqlTransaction):
                self.close()
            raise

    @property
    def is_open(self) -> bool:
        return self._connection is not None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connected(self) -> psycopg.Connection[Any]:
        if self._connection is None or self._connection.closed:
            self._connection = open_session(
                self._dsn, application_name=self._name, limits=_LIMITS, on_silence=self._on_silence
            )
            self._connection.adapters.register_loader("uuid", _CanonicalText)
        return self._connection


class _CanonicalText(Loader):
    """A uuid as text, as the kernel has it."""

    def load(self, data: Buffer) -> str:
        return bytes(data).decode()
