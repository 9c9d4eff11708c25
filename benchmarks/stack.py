"""What is measured: Postgres, Redis, an engine and a worker, each a process of its own, gone when the block ends."""

import json
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.servers.postgres import postgres_server
from tests.servers.process import free_port
from tests.servers.redis import redis_server
from tests.surroundings import kept

ROOT = Path(__file__).resolve().parents[1]
DATABASE = "sched_bench"
READY_SECONDS = 60.0
STOP_SECONDS = 15.0
STATISTICS = {"shared_preload_libraries": "pg_stat_statements", "pg_stat_statements.max": "10000"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A running system. `monitor` is a connection to another database, so that its statements are not counted."""

    address: str
    metrics_url: str
    dsn: str
    monitor: psycopg.Connection[Any]
    pids: Mapping[str, int]

    def metric(self, name: str, **labels: str) -> float:
        """The sum over the series of that name with these labels."""
        # By name: to write down all of them takes the engine ten times as long, ten times a second.
        with urllib.request.urlopen(f"{self.metrics_url}/metrics?name[]={name}", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        found = (line for line in lines if line.startswith((name + "{", name + " ")))
        return sum(float(line.rpartition(" ")[2]) for line in found if all(part in line for part in wanted))


@contextmanager
def running(*, worker: bool = True) -> Iterator[Stack]:
    """Postgres (fsync on), Redis, `runengine`, and the benchmarks' worker."""
    with ExitStack() as stack:
        server = stack.enter_context(postgres_server(settings=STATISTICS))
        redis = stack.enter_context(redis_server())
        monitor = stack.enter_context(psycopg.connect(server, autocommit=True))
        monitor.execute("CREATE EXTENSION pg_stat_statements")
        monitor.execute(f"CREATE DATABASE {DATABASE}")
        dsn = server.rpartition("/")[0] + f"/{DATABASE}"
        port, metrics_port = free_port(), free_port()
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        environment = {
            "SCHED_POSTGRES_DSN": dsn,
            "SCHED_REDIS_URL": redis,
            "SCHED_AUTH": "open",
            "SCHED_SECRET_KEY": "of the benchmarks alone, and of nothing that lasts",
            "SCHED_LOG_LEVEL": "warning",
            "ENGINE_PORT": str(port),
            "SCHED_METRICS_PORT": str(metrics_port),
            "ENGINE_ADDRESS": f"127.0.0.1:{port}",
        }
        call(["manage.py", "migrate", "--verbosity=0"], environment)
        url = f"http://127.0.0.1:{metrics_port}"
        engine = stack.enter_context(process("engine", ["manage.py", "runengine"], environment, folder))
        wait_until_healthy(engine, url, folder / "engine.log")
        pids = {"engine": engine.pid}
        if worker:
            working = stack.enter_context(process("worker", ["-m", "benchmarks.work"], environment, folder))
            pids["worker"] = working.pid
        yield Stack(address=f"127.0.0.1:{port}", metrics_url=url, dsn=dsn, monitor=monitor, pids=pids)


@contextmanager
def process(
    name: str, command: Sequence[str], variables: Mapping[str, str], folder: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Runs Python with these arguments while the block runs."""
    with (folder / f"{name}.log").open("wb") as log:
        started = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=environment_with(variables), stdout=log, stderr=log
        )
    try:
        yield started
    finally:
        started.send_signal(signal.SIGTERM)
        try:
            started.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()
        sys.stderr.write((folder / f"{name}.log").read_text(errors="replace")[-2_000:])


def call(command: Sequence[str], variables: Mapping[str, str] | None = None) -> str:
    """Runs Python with these arguments to its end; what it printed."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment_with(variables or {}),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def environment_with(variables: Mapping[str, str]) -> dict[str, str]:
    """This process's, without what is sched's, plus `variables`."""
    return kept() | dict(variables)


def wait_until_healthy(engine: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not is_healthy(url):
        if engine.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"the engine did not start:\n{log.read_text(errors='replace')[-2_000:]}")
        time.sleep(0.05)


def is_healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=2) as answer:
            return bool(json.load(answer)["ok"])
    except OSError:
        return False
