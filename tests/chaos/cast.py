"""Who takes part: Postgres, Redis, two engines, three workers; and a supervisor's hand that starts what has ended."""

from __future__ import annotations

import signal
import time
from pathlib import Path

from tests.chaos.servers import LOOK_SECONDS, Postgres, Redis
from tests.chaos.work import JOURNAL
from tests.e2e.harness.backends import fresh_database, migrate, name_of
from tests.e2e.harness.processes import Process
from tests.e2e.harness.waiting import wait_for
from tests.servers.process import free_port

SESSIONS_SECONDS = 60.0
SERVES_SECONDS = 120.0
"""Patience on a machine that is busy with other things, too."""
SECRET = "of chaos alone, and of nothing that lasts"
ENGINES = ("engine-a", "engine-b")
WORKERS = {"worker-a": ("engine-a", True), "worker-b": ("engine-b", True), "worker-p": ("engine-b", False)}
"""By name: its engine, and whether it is on a stream; the third polls."""


class Cast:
    """Everything runs while the block does. Start and end it in one thread: the processes end with that."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.journal = folder / "journal.log"
        self.ports = {name: free_port() for name in ENGINES}
        self.postgres, self.redis = Postgres(), Redis()
        self.processes: dict[str, Process] = {}
        self.surprises: list[str] = []
        """Ends that nobody had asked for."""
        self.variables: dict[str, str] = {}

    def __enter__(self) -> Cast:
        self.postgres.start()
        self.redis.start()
        dsn = fresh_database(self.postgres.dsn, "chaos")
        self.database = name_of(dsn)
        self.dsn = dsn
        self.variables = {
            "SCHED_POSTGRES_DSN": dsn,
            "SCHED_REDIS_URL": self.redis.url,
            "SCHED_AUTH": "open",
            "SCHED_SECRET_KEY": SECRET,
            "SCHED_LOG_LEVEL": "info",
            "SCHED_DATABASE_PATH": str(self.folder / "unused.sqlite3"),
        }
        migrate(self.variables)
        for name in (*ENGINES, *WORKERS):
            self.start(name)
        for name in ENGINES:
            serves = f"gRPC on port {self.ports[name]}"
            wait_for(lambda: serves in self.processes[name].log, serves, seconds=SERVES_SECONDS)  # noqa: B023
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes.values():
            if process.returncode is None:
                process.resume()
            process.stop()
        self.redis.remove()
        self.postgres.remove()

    @property
    def addresses(self) -> dict[str, str]:
        return {name: f"127.0.0.1:{port}" for name, port in self.ports.items()}

    def start(self, name: str) -> None:
        """An engine or a worker; its log goes on where the one before it ended."""
        if name in ENGINES:
            own = {"ENGINE_PORT": str(self.ports[name]), "SCHED_METRICS_PORT": str(free_port())}
            command = ["manage.py", "runengine"]
        else:
            engine, streaming = WORKERS[name]
            own = {"ENGINE_ADDRESS": self.addresses[engine], JOURNAL: str(self.journal)}
            own["SCHED_WORKER_STREAMING"] = "true" if streaming else "false"
            command = ["-m", "tests.chaos.work"]
        self.processes[name] = Process(name, command, self.variables | own, self.folder)

    def kill(self, name: str) -> None:
        self.processes[name].kill()

    def freeze(self, name: str) -> None:
        self.processes[name].pause()

    def thaw(self, name: str) -> None:
        self.processes[name].resume()

    def revive(self) -> None:
        """Starts again the processes that have ended, as a supervisor would; an engine ends where it finds no
        database when it starts."""
        for name, process in list(self.processes.items()):
            if process.returncode is not None:
                if process.returncode != -signal.SIGKILL:
                    self.surprises.append(f"{name} ended with {process.returncode}")
                self.start(name)

    def ready(self) -> None:
        """So that a fault finds what it is for: what had ended is there, and engines have their sessions."""
        self.revive()
        self.postgres.wait_until_ready()
        deadline = time.monotonic() + SESSIONS_SECONDS
        while not self.postgres.sessions(self.database) and time.monotonic() < deadline:
            self.revive()
            time.sleep(LOOK_SECONDS)
