"""Scenario 31: Postgres is lost, killed, frozen, read only, full, or has no connection left.

Each time under load: what was acknowledged is there, nothing is there twice, the engine says in its log once that there
is trouble and once that it is over, `/healthz` and `/api/health` say what is, and nobody restarts anything.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from tests.e2e.harness.backends import POSTGRES_REDIS, Backend, migrate
from tests.e2e.harness.load import load_on
from tests.e2e.harness.processes import Process
from tests.e2e.harness.stack import STREAMING, Stack, get_json
from tests.e2e.harness.waiting import wait_for
from tests.servers.mortal_postgres import MortalPostgres, mortal_postgres
from tests.servers.process import free_port
from tests.servers.redis import redis_server

TROUBLE = "the database cannot be used"
OVER = "the database can be used again"
CONNECTIONS_MAX = 50
MAY_MOUNT = os.geteuid() == 0
MOUNT = ("mount", "-t", "tmpfs", "-o", "size=96m", "none")
SESSIONS = ("sched-writer", "sched-claimer", "sched listener", "sched leader", "")
"""By application name; the readers' have none."""


class Troubled(Stack):
    """Engine, worker and web on a Postgres that tests ill-treat."""

    server: MortalPostgres
    disk: Path
    web_port: int
    web: Process

    def start_web(self) -> None:
        self.web_port = free_port()
        settings = {
            "ENGINE_ADDRESS": self.address,
            "DJANGO_SETTINGS_MODULE": "schedproject.settings.web",
            "SCHED_SECRET_KEY": "a text of the tests that is long enough",
        }
        self.web = Process(
            "web",
            ["-m", "daphne", "-v", "0", "-p", str(self.web_port), "schedproject.asgi:application"],
            {**self.backend.variables, **settings},
            self.folder,
        )
        wait_for(self.api_is_up, "web process")

    def api_health(self) -> dict[str, str]:
        """What `/api/health` says, by part."""
        parts: dict[str, str] = get_json(f"http://127.0.0.1:{self.web_port}/api/health")["parts"]
        return parts

    def api_is_up(self) -> bool:
        try:
            return set(self.api_health().values()) == {"up"}
        except OSError:
            return False

    def told(self) -> tuple[int, int]:
        """How often the engine's log tells that there is trouble, and that it is over."""
        assert self.engine is not None
        return self.engine.log.count(TROUBLE), self.engine.log.count(OVER)

    def session(self) -> psycopg.Connection:
        """Of the test's own; whatever the server's defaults are, it may write."""
        dsn = self.backend.variables["SCHED_POSTGRES_DSN"]
        return psycopg.connect(
            make_conninfo(dsn, application_name="test", options="-c default_transaction_read_only=off"),
            autocommit=True,
        )

    def run(self, statement: str) -> None:
        with self.session() as connection:
            connection.execute(statement.encode())

    def stop(self) -> None:
        self.web.stop()
        super().stop()


@pytest.fixture(scope="module")
def troubled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Troubled]:
    folder = tmp_path_factory.mktemp("troubled")
    with ExitStack() as started:
        server = started.enter_context(mortal_postgres({"max_connections": str(CONNECTIONS_MAX)}))
        disk = started.enter_context(disk_of(server))
        variables = {
            "SCHED_DATABASE_PATH": str(folder / "none"),
            "SCHED_AUTH": "open",
            "SCHED_POSTGRES_DSN": database_on(disk, server),
            "SCHED_REDIS_URL": started.enter_context(redis_server()),
        }
        migrate(variables)
        made = Troubled(Backend(name=POSTGRES_REDIS, variables=variables), STREAMING, folder)
        made.server, made.disk = server, disk
        started.callback(made.stop)
        made.start_engine()
        made.start_worker()
        made.start_web()
        made.warm_up()
        yield made


@contextmanager
def disk_of(server: MortalPostgres) -> Iterator[Path]:
    """A folder for tables. Who may mount gives it a disk of its own, which can be filled."""
    folder = server.folder / "disk"
    folder.mkdir()
    mounted = MAY_MOUNT and not subprocess.run([*MOUNT, str(folder)], check=True).returncode
    yield server.own(folder)
    server.stop()
    if mounted:
        subprocess.run(["umount", str(folder)], check=True)


def database_on(disk: Path, server: MortalPostgres) -> str:
    """A new database whose tables lie there."""
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE TABLESPACE small LOCATION {}").format(sql.Literal(str(disk))))
        connection.execute("CREATE DATABASE troubled TABLESPACE small")
    return make_conninfo(server.dsn, dbname="troubled")


@contextmanager
def one_outage(stack: Troubled) -> Iterator[None]:
    """Under load the block begins an outage, waits until it is noticed, and ends it."""
    before = stack.told()
    with load_on(stack):
        stack.warm_up()
        yield
        wait_for(stack.health, "engine that is well again")
        wait_for(stack.api_is_up, "platform that is well again")
        stack.warm_up()
    wait_for(lambda: not stack.healthz()["failing"], "sessions that all work")
    assert stack.told() == (before[0] + 1, before[1] + 1)


def until_noticed(stack: Troubled, **parts: str) -> None:
    """Both say what is: the engine is not well, and these parts of the platform are down."""
    wait_for(lambda: stack.healthz()["database"] == "unreachable", "engine that knows")
    assert not stack.healthz()["ok"]
    assert (stack.probe("readyz"), stack.probe("livez")) == (503, 200)  # a restart would not help
    expected = {"database": "up", "engine": "up", "redis": "up"} | parts
    wait_for(lambda: stack.api_health() == expected, f"platform that says {expected}")


def test_31_killed_and_started_again(troubled: Troubled) -> None:
    """`immediate`, as a power cut would: what was acknowledged is on its disk."""
    with one_outage(troubled):
        troubled.server.stop(signal.SIGQUIT)
        until_noticed(troubled, database="down", engine="down")
        troubled.server.start()


def test_31_frozen(troubled: Troubled) -> None:
    """Connections stand and nobody answers; also when nobody asks, health knows it after some seconds."""
    with one_outage(troubled):
        troubled.server.freeze()
        until_noticed(troubled, database="down", engine="down")
        troubled.server.thaw()


def test_31_read_only(troubled: Troubled) -> None:
    """As a stand-by is after a fail-over: it answers, and refuses every step."""
    with one_outage(troubled):
        troubled.run("ALTER SYSTEM SET default_transaction_read_only = on")
        troubled.run("SELECT pg_reload_conf()")
        until_noticed(troubled, database="down", engine="down")
        troubled.run("ALTER SYSTEM RESET default_transaction_read_only")
        troubled.run("SELECT pg_reload_conf()")


@pytest.mark.root
def test_31_disk_full(troubled: Troubled) -> None:
    """No table can grow: the database answers, and the engine says that it cannot work."""
    ballast = troubled.disk / "ballast"
    with one_outage(troubled):
        fill(ballast)
        until_noticed(troubled, engine="down")
        ballast.unlink()


def fill(ballast: Path) -> None:
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(bytes(1 << 16)):
            pass


def test_31_no_connection_left(troubled: Troubled) -> None:
    """Others have taken them all, the engine's among them; it takes them again when they are free.

    A slot that a killed session leaves late may be found by anybody, so they are taken until nobody has one.
    """
    with one_outage(troubled), ExitStack() as taken:
        first = taken.enter_context(troubled.session())

        def take_all() -> bool:
            kill_sessions(first, SESSIONS)
            with suppress(psycopg.OperationalError):
                while True:
                    taken.enter_context(troubled.session())
            knows = troubled.healthz()["database"] == "unreachable"
            return knows and troubled.api_health() == {"database": "down", "engine": "down", "redis": "up"}

        wait_for(take_all, "engine without a connection, and a platform that says so")
        until_noticed(troubled, database="down", engine="down")


def test_31_sessions_killed(troubled: Troubled) -> None:
    """One kind after the other, under load: each is opened again, and at most one line tells of it."""
    with load_on(troubled), troubled.session() as session:
        for name in SESSIONS:
            before = troubled.told()
            wait_for(partial(kill_sessions, session, [name]), f"session {name!r}")
            troubled.warm_up()
            wait_for(lambda: not troubled.healthz()["failing"], "sessions that all work")
            trouble, over = (now - then for now, then in zip(troubled.told(), before, strict=True))
            assert (trouble, over) in {(0, 0), (1, 1)}, name


def kill_sessions(session: psycopg.Connection, names: Sequence[str]) -> int:
    """Ends the sessions of those names, but for one's own; how many there were."""
    query = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend'
        AND datname = current_database() AND application_name = ANY (%s)"""
    return len(session.execute(query, [list(names)]).fetchall())
