"""A lane: a database, a Redis and a host of its own, for one case after the other. Lanes run side by side."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psycopg
import redis
from psycopg import sql
from sched_sdk.client import Client, WorkflowHandle
from sched_sdk.proto.v1.history_pb2 import HistoryEvent

from tests.e2e.harness import histories
from tests.e2e.harness.backends import Backend
from tests.e2e.harness.processes import LEASH, ROOT, clean_environment
from tests.e2e.harness.waiting import wait_for
from tests.e2e.killing.host import CALLER, ENGINE, FSCK, WORKER
from tests.e2e.killing.lives import Death, Lives
from tests.servers.process import free_port
from workflows.management.demo.histories import length

TABLES = (
    "sched_executions", "sched_current_runs", "sched_requests", "sched_events", "sched_activities", "sched_inbox",
    "sched_timers", "sched_tasks", "sched_bulk_operations",
)  # fmt: skip
OUTSTANDING = ("sched_tasks", "sched_timers", "sched_inbox")
"""Tables that are empty when nothing is left to do."""


HISTORY_LOOK_SECONDS = 0.1
"""Each look is a call; there are many lanes and few processors."""
LOAD_SECONDS = 120.0
"""On a machine that does much else, and compiles everything."""


class Lane:
    """See the module.

    Args:
        dsn: what the engines are told of the database, if their way to it is another than the tests'.
    """

    def __init__(self, backend: Backend, folder: Path, *, dsn: str | None = None) -> None:
        self.dsn = backend.variables["SCHED_POSTGRES_DSN"]
        self.folder = folder
        self._redis_url = backend.variables["SCHED_REDIS_URL"]
        self._metrics_port = free_port()
        self._orders = 0
        self._cases = 0
        self._lives: list[Lives] = []
        port = free_port()
        variables = {
            **backend.variables,
            "SCHED_POSTGRES_DSN": dsn or self.dsn,
            "ENGINE_PORT": str(port),
            "SCHED_METRICS_PORT": str(self._metrics_port),
            "ENGINE_ADDRESS": f"127.0.0.1:{port}",
            "SCHED_WORKER_STREAMING": "true",
        }
        self.client = Client(f"127.0.0.1:{port}")
        leash = [sys.executable, "-I", "-S", str(LEASH), str(os.getpid())]
        with (folder / "host.log").open("ab") as log:
            self._host = subprocess.Popen(
                [*leash, sys.executable, "-m", "tests.e2e.killing.host", str(folder / "host.journal")],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=ROOT,
                env=clean_environment({"PYTHONUNBUFFERED": "1"} | variables),
                text=True,
            )

    def close(self) -> None:
        self.client.close()
        with self._host:  # closes the pipe, and waits
            self._host.kill()  # and so, by their leashes, all that it has begun

    def wait_until_loaded(self) -> None:
        journal = self.folder / "host.journal"
        wait_for(lambda: journal.exists() or self._host.poll() is not None, "host", seconds=LOAD_SECONDS)
        assert journal.exists(), (self.folder / "host.log").read_text()

    # Processes.

    def engine(self, *deaths: Death | None, ready: bool = True) -> Lives:
        """Engines, one after the other; None is one that nothing is done to."""
        lives = self._order(ENGINE, deaths)
        if ready:
            self.wait_until_ready()
        return lives

    def worker(self, *deaths: Death | None, **variables: str) -> Lives:
        return self._order(WORKER, deaths, variables=variables)

    def caller(self, *deaths: Death | None, call: tuple[str, list[Any], dict[str, Any]]) -> Lives:
        """Django code that makes this call, and makes it again if it did not live to hear the answer."""
        return self._order(CALLER, deaths, call=call)

    def fsck(self) -> list[str]:
        """What `manage.py fsck` finds."""
        lives = self._order(FSCK, [None])
        (ended,) = lives.wait_for_deaths(1)
        return [] if ended.status == 0 else lives.log.splitlines()

    def wait_until_ready(self) -> None:
        wait_for(self._health, "engine")

    def is_leader(self) -> bool:
        return bool(self._health().get("leader"))

    def _health(self) -> dict[str, Any]:
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self._metrics_port}/healthz", timeout=2
            ) as answer:
                return dict(json.load(answer))
        except OSError:
            return {}

    def _order(
        self,
        role: str,
        deaths: Sequence[Death | None],
        *,
        variables: Mapping[str, str] | None = None,
        call: object = None,
    ) -> Lives:
        self._orders += 1
        name = f"{role}-{self._orders}"
        lives = Lives(name, self.folder / f"{name}.journal", self.folder / f"{name}.log")
        order = {
            "role": role,
            "lives": [None if death is None else self._told_of(death) for death in deaths],
            "journal": str(self.folder / f"{name}.journal"),
            "log": str(self.folder / f"{name}.log"),
            "variables": dict(variables or {}),
            "call": call,
        }
        assert self._host.stdin is not None
        self._host.stdin.write(json.dumps(order) + "\n")
        self._host.stdin.flush()
        self._lives.append(lives)
        return lives

    def _told_of(self, death: Death) -> list[Any]:
        return [death.point, death.nth, str(self._mark(death.mark)) if death.mark else ""]

    def _mark(self, name: str) -> Path:
        return self.folder / f"mark-{name}"

    # Cases.

    def begin(self) -> str:
        """Everything is empty; returns an id that is new."""
        self.wait_until_loaded()
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(map(sql.Identifier, TABLES))))
        with redis.Redis.from_url(self._redis_url) as client:
            client.flushdb()
        for mark in self.folder.glob("mark-*"):
            mark.unlink()
        self._cases += 1
        return f"case-{self._cases}"

    def mark(self, name: str) -> None:
        """Deaths that wait for this mark may come now."""
        self._mark(name).touch()

    def end(self) -> str:
        """Ends what the case has started; returns what it all said."""
        said = "\n".join(lives.tail for lives in self._lives)
        while self._lives:
            self._lives.pop().end()
        return said

    def outstanding(self) -> dict[str, int]:
        """What the engines still have to do, by table."""
        return {table: found for table in OUTSTANDING if (found := self.count(table))}

    def runs_of(self, workflow_id: str) -> int:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM sched_executions WHERE workflow_id = %s", [workflow_id])
            return len(found.fetchall())

    def count(self, table: str) -> int:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            row = connection.execute(
                sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
            ).fetchone()
        assert row is not None
        return int(row[0])

    def wait_until(
        self, handle: WorkflowHandle, pattern: str, *, seconds: float = 60.0
    ) -> Sequence[HistoryEvent]:
        """Until the history has as many events as the pattern; then it must be that."""
        wait_for(
            lambda: len(handle.history()) >= length(pattern),
            f"history like {pattern!r}",
            seconds=seconds,
            look=HISTORY_LOOK_SECONDS,
        )
        events = handle.history()
        assert [event.number for event in events] == list(range(1, len(events) + 1))
        assert histories.matches(pattern, events), f"expected {pattern}\nfound    {histories.text(events)}"
        return events
