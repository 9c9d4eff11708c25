"""What a page takes by the clock, and beside it what it takes of the processors: where other work on the machine makes
it wait, the two differ."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import partial
from statistics import median
from typing import NamedTuple

import psutil
from django.db import connection
from django.http import HttpResponseBase
from django.test import Client, RequestFactory
from django.test.client import ClientHandler

from timers.clock import SystemClock

TIMES = 5
BAR_SECONDS = 0.3
SEARCH_BAR_SECONDS = 0.1
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


def hold(
    client: Client, what: str, path: str, queries: Iterable[dict[str, str]], bar: float = BAR_SECONDS
) -> None:
    """Asks each, and once more those that took too long; prints the slowest, and holds all to the bar."""
    asker, meter = Asker(client), Meter()
    asked = {f"{path} {query}": partial(asker.get, path, query) for query in queries}
    for name, ask in asked.items():
        assert ask().status_code == 200, name
    taken = {name: meter.taken(ask) for name, ask in asked.items()}
    for name, (clocked, _) in taken.copy().items():
        if clocked >= bar:
            taken[name] = min(taken[name], meter.taken(asked[name]))
    slowest = sorted(taken.items(), key=lambda each: -each[1].clocked)
    print(f"\n{what}: {len(taken)} questions, by the clock and by the processors, the slowest:")
    for name, (clocked, spent) in slowest[:10]:
        print(f"  {clocked * 1000:5.0f} ms {spent * 1000:5.0f} ms  {name}")
    assert [each for each in slowest if each[1].clocked >= bar] == []
