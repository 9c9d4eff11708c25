"""Sessions of Postgres that do not wait for ever.

A server that is gone is noticed by TCP; one that is frozen, or behind a proxy that drops silently, is not: its side of
the connection stands, and nobody answers. What bounds a statement at the server (`statement_timeout`) bounds nothing
then. So the waiting itself has a limit: past it the connection is closed, and the statement raises what it raises for
any lost connection.
"""

from collections.abc import Callable, Generator
from typing import Any

import psycopg
from psycopg.abc import PQGen

from timers.clock import SystemClock

_monotonic = SystemClock().monotonic

OnSilence = Callable[[float], None]
"""Receives, on the thread that waits and about ten times a second, for how many seconds it has."""


def _ignore(_seconds: float) -> None:
    return


class _Patience:
    """What both kinds of connections share.

    Attributes:
        patience: seconds that one answer may take; the connection is lost then.
        on_silence: see `OnSilence`.
    """

    patience: float = float("inf")
    on_silence: OnSilence = staticmethod(_ignore)
    pgconn: Any

    def _patiently[T](self, answer: PQGen[T]) -> Generator[Any, Any, T]:
        try:
            wanted = next(answer)
            begun = _monotonic()
            while True:
                ready = yield wanted
                if not ready:
                    self._check(_monotonic() - begun)
                wanted = answer.send(ready)
        except StopIteration as end:
            found: T = end.value
            return found

    def _check(self, seconds: float) -> None:
        self.on_silence(seconds)
        if seconds > self.patience:
            self.pgconn.finish()
            raise psycopg.OperationalError(f"the server did not answer in {self.patience:g} s")


class PatientConnection(_Patience, psycopg.Connection[Any]):
    """See the module."""

    def wait[T](self, gen: PQGen[T], *args: Any, **options: Any) -> T:
        return super().wait(self._patiently(gen), *args, **options)


class PatientAsyncConnection(_Patience, psycopg.AsyncConnection[Any]):
    """See the module."""

    async def wait[T](self, gen: PQGen[T], *args: Any, **options: Any) -> T:
        return await super().wait(self._patiently(gen), *args, **options)
