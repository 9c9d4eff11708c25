"""Postgres and Redis as chaos treats them: Postgres comes back with its data, Redis empty."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time

import psycopg
from redis import Redis as RedisClient

from tests.e2e.harness.processes import LEASH
from tests.servers import redis
from tests.servers.mortal_postgres import MortalPostgres
from tests.servers.postgres import accepts
from tests.servers.process import free_port, make_folder

READY_SECONDS = 60.0
LOOK_SECONDS = 0.05


class Postgres(MortalPostgres):
    """With looks at its sessions."""

    def sessions(self, database: str) -> list[int]:
        """Process ids of the sessions on a database; none while it recovers."""
        try:
            with psycopg.connect(self.dsn, autocommit=True, connect_timeout=5) as connection:
                rows = connection.execute("SELECT pid FROM pg_stat_activity WHERE datname = %s", [database])
                return [row[0] for row in rows]
        except psycopg.OperationalError:
            return []

    def cut(self, database: str) -> None:
        """Ends all sessions on a database."""
        with psycopg.connect(self.dsn, autocommit=True, connect_timeout=5) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database]
            )

    def wait_until_ready(self) -> None:
        """It accepts connections: it may be recovering."""
        deadline = time.monotonic() + READY_SECONDS
        while not accepts(self.dsn):
            assert time.monotonic() < deadline, "Postgres does not come back"
            time.sleep(LOOK_SECONDS)


class Redis:
    """Without persistence. It ends with the thread that starts it."""

    def __init__(self) -> None:
        self._folder = make_folder("chaos-redis", None)
        port = free_port()
        self.url = f"redis://127.0.0.1:{port}/0"
        settings = {"bind": "127.0.0.1", "port": port, "dir": self._folder, "save": "", "appendonly": "no"}
        self._command = [sys.executable, "-I", "-S", str(LEASH), "", str(redis.find_binary())]
        for name, value in settings.items():
            self._command += [f"--{name}", str(value)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._command[4] = str(os.getpid())
        with (self._folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + READY_SECONDS
        while not redis.answers(self.url):
            assert time.monotonic() < deadline, "Redis does not come up"
            time.sleep(LOOK_SECONDS)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def flush(self) -> None:
        with RedisClient.from_url(self.url, socket_timeout=5) as client:
            client.flushall()

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)
