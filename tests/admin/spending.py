"""What a page takes: by the clock, and of the processors where other work on the machine makes it wait."""

from __future__ import annotations

import os
from collections.abc import Callable
from statistics import median

import psutil
from django.db import connection

from timers.clock import SystemClock

TIMES = 5
CLOCK = SystemClock()


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

    def seconds(self, ask: Callable[[], object]) -> tuple[float, float]:
        """Of five times, after one that is not measured: the median by the clock, and the mean of what all processors
        spent, this process's and those of the database's processes, parallel ones too."""
        ask()
        clocked, before = [], self._spent()
        for _ in range(TIMES):
            begun = CLOCK.monotonic()
            ask()
            clocked.append(CLOCK.monotonic() - begun)
        return median(clocked), (self._spent() - before) / TIMES

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
