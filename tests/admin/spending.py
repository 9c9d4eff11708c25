"""What a page takes by the clock, and beside it what it takes of the processors: where other work on the machine makes
it wait, the two differ."""

from __future__ import annotations

import os
from collections.abc import Callable
from statistics import median
from typing import NamedTuple

import psutil
from django.db import connection
from django.http import HttpResponseBase
from django.test import Client, RequestFactory
from django.test.client import ClientHandler

from timers.clock import SystemClock

TIMES = 5
CLOCK = SystemClock()


class Asker:
    """Asks as a client who is logged in, but keeps no copy of each template's context: that takes a third of a page's
    time, and nobody's browser does it."""

    def __init__(self, client: Client) -> None:
        self._requests = RequestFactory(headers={"host": "localhost"})
        self._requests.cookies = client.cookies
        self._handler = ClientHandler()

    def get(self, path: str, query: dict[str, str]) -> HttpResponseBase:
        found: HttpResponseBase = self._handler(self._requests.get(path, query).environ)
        return found


class Taken(NamedTuple):
    """Seconds: the median by the clock, and the mean of what all processors spent."""

    clocked: float
    spent: float


class Meter:
    """Measures what is asked of this process and, by Django's connection, of a Postgres on this machine."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (backend,) = cursor.fetchone()
        postmaster = psutil.Process(backend).parent()
        assert postmaster is not None
        self._postmaster = postmaster
        self._here = psutil.Process(os.getpid())

    def taken(self, ask: Callable[[], object]) -> Taken:
        """Of five times; the processors are this process's and those of the database's processes, parallel ones too."""
        clocked, before = [], self._spent()
        for _ in range(TIMES):
            begun = CLOCK.monotonic()
            ask()
            clocked.append(CLOCK.monotonic() - begun)
        return Taken(median(clocked), (self._spent() - before) / TIMES)

    def _spent(self) -> float:
        here, ended = self._here.cpu_times(), self._postmaster.cpu_times()
        return here.user + here.system + ended.children_user + ended.children_system + self._of_sessions()

    def _of_sessions(self) -> float:
        total = 0.0
        for process in self._postmaster.children():
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:  # it has ended, and is among those that have
                continue
            total += times.user + times.system
        return total
