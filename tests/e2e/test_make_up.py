"""`make up` as a person uses it: one command, one Ctrl-C, SIGKILL of whichever part, and a second one beside it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.e2e.harness.backends import POSTGRES_REDIS, Backend
from tests.e2e.harness.processes import ROOT, clean_environment
from tests.e2e.harness.waiting import wait_for
from tests.servers.process import free_port
from workflows.management.demo.rest import Rest

GONE_SECONDS = 5.0
UP_SECONDS = 60.0
STOP_SECONDS_MAX = 15.0
IDLE_STOP_SECONDS = 2.0
GRACE_SECONDS = 4.0


class Up:
    """One `make up` with a database and ports of its own; run as often as a test wants, in its own session.

    Args:
        folder: of the database and the log.
    """

    def __init__(self, folder: Path) -> None:
        self.web, self.grpc, self.metrics = free_port(), free_port(), free_port()
        self.database = folder / "sched.sqlite3"
        self.log = folder / "up.log"
        self.root = f"http://127.0.0.1:{self.web}"
        self.rest = Rest(self.root)
        self.servers: Mapping[str, str] = {}
        self.make: subprocess.Popen[bytes] | None = None

    @property
    def variables(self) -> dict[str, str]:
        return {
            "SCHED_DATABASE_PATH": str(self.database),
            "DASHBOARD_PORT": str(self.web),
            "ENGINE_PORT": str(self.grpc),
            "SCHED_METRICS_PORT": str(self.metrics),
            **self.servers,
        }

    def start(self) -> list[psutil.Process]:
        """Starts it and waits until it answers and its worker is there; its processes: make, server, worker."""
        with self.log.open("ab") as log:
            self.make = subprocess.Popen(
                ["make", "up"],
                cwd=ROOT,
                env=clean_environment(self.variables),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        make = self.make
        wait_for(lambda: self.rest.healthy() or make.poll() is not None, "health", seconds=UP_SECONDS)
        assert make.poll() is None, self.log.read_text()
        return wait_for(self.family, "make, a server and a worker")

    def family(self) -> list[psutil.Process]:
        """Make, server and worker; empty while one is missing."""
        assert self.make is not None
        make = psutil.Process(self.make.pid)
        servers = [child for child in make.children() if "manage.py" in child.cmdline()]
        workers = [child for server in servers for child in server.children() if is_worker(child)]
        return [make, *servers, *workers] if servers and workers else []

    def again(self, **variables: str) -> subprocess.CompletedProcess[str]:
        """A second one while this one runs."""
        return subprocess.run(
            ["make", "up"],
            cwd=ROOT,
            env=clean_environment(self.variables | variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=UP_SECONDS,
        )

    def press_ctrl_c(self) -> None:
        """What a terminal sends to every process of the foreground group."""
        assert self.make is not None
        for process in psutil.process_iter():
            if is_in_group(process, self.make.pid):
                process.send_signal(signal.SIGINT)

    def stop(self) -> float:
        """SIGTERM to the server; the seconds until it and its worker were gone."""
        _, server, worker = self.family()
        begun = time.monotonic()
        server.send_signal(signal.SIGTERM)
        assert_gone([server, worker], seconds=STOP_SECONDS_MAX)
        taken = time.monotonic() - begun
        assert self.make is not None
        self.make.wait()
        return taken

    def end(self) -> None:
        if self.make is None:
            return
        if self.make.poll() is None:
            family = self.family()
            self.make.kill()
            assert_gone(family)
        self.make.wait()


def is_worker(process: psutil.Process) -> bool:
    try:
        return "sched_sdk.demo" in process.cmdline()
    except psutil.NoSuchProcess:
        return False


def is_in_group(process: psutil.Process, group: int) -> bool:
    try:
        return os.getpgid(process.pid) == group
    except ProcessLookupError:
        return False


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def assert_gone(family: list[psutil.Process], *, seconds: float = GONE_SECONDS) -> None:
    wait_for(lambda: not any(map(is_alive, family)), "end of all processes", seconds=seconds)


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    made = Up(tmp_path)
    yield made
    made.end()


@pytest.mark.parametrize("which", [0, 1], ids=["make", "server"])
def test_sigkill_leaves_nothing_and_it_runs_again(up: Up, which: int) -> None:
    """No process lives 5 s later; the next `make up` finishes what the killed one had begun."""
    family = up.start()
    report = up.rest.start("MonthlyReport", None)
    wait_for(lambda: "TimerStarted" in up.rest.event_types(report), "sleep")
    family[which].kill()
    assert_gone(family)
    assert up.make is not None
    up.make.wait()
    up.start()
    wait_for(lambda: up.rest.execution(report)["status"] == "COMPLETED", "end of the report")
    assert up.rest.event_types(report).count("ActivityTaskScheduled") == 3


def test_a_killed_worker_is_restarted(up: Up) -> None:
    """By the same server; workflows go on."""
    make, server, worker = up.start()
    worker.kill()
    restarted = wait_for(lambda: [p for p in up.family()[2:] if p.pid != worker.pid], "another worker")
    assert len(restarted) == 1
    assert up.family()[:2] == [make, server]
    hello = up.rest.start("HelloWorld", "again")
    wait_for(lambda: len(up.rest.event_types(hello)) == 5, "greeting")


def test_ctrl_c_stops_all_of_it(up: Up) -> None:
    """In order and without a traceback; a login was printed, and is kept for its owner's eyes alone."""
    family = up.start()
    up.press_ctrl_c()
    assert_gone(family, seconds=15.0)
    said = up.log.read_text()
    password = up.database.with_name("admin.password")
    assert password.stat().st_mode & 0o777 == 0o600
    assert f"user admin, password {password.read_text().strip()}" in said
    assert f"curl -X POST http://localhost:{up.web}/api/workflows" in said
    assert "Traceback" not in said


def test_with_access_required_the_printed_lines_lead_on(up: Up) -> None:
    """The demo worker has a key of its own, another one after each start; people are told how to make theirs."""
    up.servers = {"SCHED_AUTH": "required"}
    up.start()
    export, start, signal_ = printed_lines(up)
    # In another terminal, where nothing is set.
    key = run_lines(up, "unset SCHED_DATABASE_PATH", export, 'echo "$SCHED_API_KEY"').strip()
    gate = json.loads(run_lines(up, f"export SCHED_API_KEY={key}", start))["workflowId"]
    told = run_lines(up, f"export SCHED_API_KEY={key}", signal_.replace("<workflowId>", gate))
    assert json.loads(told)["changed"] is True
    ask = f"curl -s '{up.root}/api/workflows/{gate}/result?wait=20' -H 'Authorization: Bearer {key}'"
    assert json.loads(run_lines(up, ask))["result"] == "approved"
    up.stop()
    up.start()
    listed = run_lines(up, f"{sys.executable} manage.py apikey list")
    assert listed.count("make-up-demo-worker  valid") == 1
    assert listed.count("make-up-demo-worker") == 1
    assert "sched_" not in up.log.read_text()


def printed_lines(up: Up) -> list[str]:
    """The commands that the start prints."""
    said = up.log.read_text().replace("\\\n", " ")
    return [line.strip() for line in said.splitlines() if line.strip().startswith(("export ", "curl "))]


def run_lines(up: Up, *lines: str) -> str:
    """What they print, in the shell of somebody who has set what the server has."""
    done = subprocess.run(
        ["bash", "-euc", "\n".join(lines)],
        cwd=ROOT,
        env=clean_environment(up.variables),
        capture_output=True,
        text=True,
        check=False,
        timeout=UP_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.timing
def test_with_nothing_in_hand_it_stops_soon(up: Up) -> None:
    """Who waits for a result is told that it still runs, and keeps nobody."""
    _, server, _ = up.start()
    gate = up.rest.start("ApprovalGate", "req-1")
    answers: list[str] = []
    waiting = threading.Thread(target=lambda: answers.append(result_of(up, gate)["status"]), daemon=True)
    waiting.start()
    wait_for(lambda: is_called(server, up.web), "the caller")
    assert up.stop() <= IDLE_STOP_SECONDS
    waiting.join(STOP_SECONDS_MAX)
    assert answers == ["RUNNING"]


@pytest.mark.timing
def test_with_an_activity_in_hand_it_stops_within_its_grace(up: Up) -> None:
    """LongDemo's takes 35 seconds, and goes back."""
    up.servers = {"SCHED_SHUTDOWN_GRACE_SECONDS": f"{GRACE_SECONDS:g}"}
    up.start()
    long = up.rest.start("LongDemo", None)
    wait_for(lambda: up.rest.execution(long)["status"] == "COMPLETED", "end of what queued it")
    assert up.stop() <= GRACE_SECONDS
    assert "ending at once" not in up.log.read_text()


def result_of(up: Up, workflow_id: str) -> Any:
    """As a caller who waits for it asks."""
    address = f"http://127.0.0.1:{up.web}/api/workflows/{workflow_id}/result?wait=30"
    with urllib.request.urlopen(address) as answer:
        return json.load(answer)


def is_called(server: psutil.Process, port: int) -> bool:
    """Whether somebody is connected to that port of it."""
    connections = server.net_connections("tcp")
    return any(each.status == psutil.CONN_ESTABLISHED and each.laddr.port == port for each in connections)


def test_it_takes_the_servers_that_it_is_given(up: Up, backend_of: Callable[[str, str], Backend]) -> None:
    """Postgres and Redis instead of the embedded database: a workflow and a signal pass through them."""
    given = backend_of(POSTGRES_REDIS, "up").variables
    up.servers = {name: given[name] for name in ("SCHED_POSTGRES_DSN", "SCHED_REDIS_URL")}
    up.start()
    demo = up.rest.start("SignalDemo", None)
    wait_for(lambda: "TimerStarted" in up.rest.event_types(demo), "wait")
    up.rest.signal(demo, "go", "now")
    ended = wait_for(lambda: (e := up.rest.execution(demo))["closedAt"] and e, "end")
    assert ended["result"] == "got go=now"
    assert not up.database.exists()


def test_a_second_one_names_what_is_taken(up: Up, tmp_path: Path) -> None:
    """The database file, the web port, the gRPC port: each with the process that has it; exit status 1 of ours."""
    _, server, _ = up.start()
    who = f"process {server.pid} ("
    free = {"DASHBOARD_PORT": str(free_port()), "ENGINE_PORT": str(free_port())}
    elsewhere = {"SCHED_DATABASE_PATH": str(tmp_path / "other.sqlite3")}
    cases = (
        (free, f"the database {up.database} is taken by {who}", "SCHED_DATABASE_PATH"),
        (elsewhere, f"port {up.web} is taken by {who}", "DASHBOARD_PORT"),
        (
            elsewhere | {"DASHBOARD_PORT": free["DASHBOARD_PORT"]},
            f"port {up.grpc} is taken by {who}",
            "ENGINE_PORT",
        ),
    )
    for variables, sentence, remedy in cases:
        done = up.again(**variables)
        assert sentence in done.stderr
        assert remedy in done.stderr
        assert "Error 1" in done.stderr, "make reports our exit status"
        assert "Traceback" not in done.stderr
    assert up.rest.healthy()


def test_the_demo_does_as_it_should() -> None:
    """`make demo`: all results and histories, exit status 0."""
    done = subprocess.run(
        ["make", "demo"], cwd=ROOT, env=clean_environment({}), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "DIFFERENT" not in done.stdout
