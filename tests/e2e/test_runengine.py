"""`manage.py runengine`: what it refuses to start with, how it stops, what it does not load."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil
import pytest

from tests.e2e.harness.backends import EMBEDDED, POSTGRES_REDIS, Backend
from tests.e2e.harness.processes import ROOT, clean_environment
from tests.e2e.harness.stack import STREAMING, Stack
from tests.e2e.harness.waiting import let_pass
from tests.servers.postgres import postgres_server
from tests.servers.process import free_port

GRACE_SECONDS = 8.0
MEMORY_MAX = 160 * 1024 * 1024
WEB_ONLY = (
    "daphne",
    "django.contrib.admin",
    "workflows.admin",
    "workflows.api",
    "drf_spectacular",
)


def refused(variables: Mapping[str, str]) -> str:
    """What it says when it does not start: one line, exit status 1."""
    ports = {"ENGINE_PORT": str(free_port()), "SCHED_METRICS_PORT": str(free_port())}
    done = subprocess.run(
        [sys.executable, "manage.py", "runengine"],
        cwd=ROOT,
        env=clean_environment({**ports, **variables}),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    return done.stderr


def test_missing_migrations(tmp_path: Path) -> None:
    """It says what to run."""
    path = tmp_path / "new.sqlite3"
    path.touch()
    said = refused({"SCHED_DATABASE_PATH": str(path)})
    assert "lacks migrations" in said
    assert "`python manage.py migrate`" in said


def test_an_unreachable_database(tmp_path: Path) -> None:
    """It says so, without the DSN's password."""
    dsn = f"postgresql://sched:s3cr3t@127.0.0.1:{free_port()}/sched"
    said = refused({"SCHED_POSTGRES_DSN": dsn, "SCHED_DATABASE_PATH": str(tmp_path / "none")})
    assert "the database cannot be used" in said
    assert "s3cr3t" not in said


def test_a_server_that_would_forget(tmp_path: Path) -> None:
    """With fsync off a crash would lose what was acknowledged; it says so and does not start."""
    with postgres_server(fsync=False) as dsn:
        variables = {"SCHED_POSTGRES_DSN": dsn, "SCHED_DATABASE_PATH": str(tmp_path / "none")}
        environment = clean_environment(variables)
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity=0"], cwd=ROOT, env=environment, check=True
        )
        assert "fsync = off" in refused(variables)


@pytest.mark.parametrize("variable", ["ENGINE_PORT", "SCHED_METRICS_PORT"])
def test_a_port_that_is_taken(backend_of: Callable[[str, str], Backend], variable: str) -> None:
    """It names the port, the variable and who has it."""
    variables = backend_of(EMBEDDED, "runengine").variables
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = refused({**variables, variable: str(port)})
    assert f"port {port} is taken by process {os.getpid()} (" in said
    assert variable in said


def test_a_database_file_has_one_engine(backend_of: Callable[[str, str], Backend], tmp_path: Path) -> None:
    """The second one names the first."""
    stack = Stack(backend_of(EMBEDDED, "runengine"), STREAMING, tmp_path)
    try:
        engine = stack.start_engine()
        said = refused(stack.backend.variables)
    finally:
        stack.stop()
    assert f"is taken by process {engine.pid} (" in said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_signal_stops_it_within_its_grace(
    backend_of: Callable[[str, str], Backend], tmp_path: Path, number: signal.Signals
) -> None:
    """With a worker connected and tasks in hand; exit status 0, nothing in flight is lost."""
    stack = Stack(backend_of(POSTGRES_REDIS, "runengine"), STREAMING, tmp_path)
    try:
        engine = stack.start_engine()
        stack.start_worker()
        stack.warm_up()
        handle = stack.start("MonthlyReport")
        stack.wait_until(handle, "WS, Y, AS, TS, AC")
        engine.send(number)
        asked = time.monotonic()
        assert engine.ended() == 0, engine.tail
        assert time.monotonic() - asked <= GRACE_SECONDS
        assert "Traceback" not in engine.log
        stack.start_engine()
        assert handle.result(60) == "Report completed"
    finally:
        stack.stop()


def test_it_loads_nothing_of_the_web() -> None:
    """No admin, no REST API, no HTTP server, with all that the command imports."""
    script = (
        "import sys, django; django.setup(); import workflows.management.commands.runengine; "
        f"print([name for name in {WEB_ONLY} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=clean_environment(
            {"DJANGO_SETTINGS_MODULE": "schedproject.settings.engine", "SCHED_DATABASE_PATH": ":memory:"}
        ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


@pytest.mark.long
def test_an_idle_engine_is_small(backend_of: Callable[[str, str], Backend], tmp_path: Path) -> None:
    """Under 160 MiB a minute after its start."""
    stack = Stack(backend_of(POSTGRES_REDIS, "runengine"), STREAMING, tmp_path)
    try:
        engine = stack.start_engine()
        a_minute_passes()
        assert psutil.Process(engine.pid).memory_info().rss < MEMORY_MAX
    finally:
        stack.stop()


def a_minute_passes() -> None:
    let_pass(60.0)
