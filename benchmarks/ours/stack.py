"""A running sched: engines and workers on a ground of their own, and a client process that makes the load."""

import json
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.child import Answer
from benchmarks.ours.metrics import metric
from benchmarks.servers.counts import Counts, counted
from benchmarks.servers.ground import Ground, ground
from benchmarks.servers.process import READY_SECONDS, Child, call, child, process, tail
from tests.servers.process import free_port
from workflows.management.processes.grpc_variables import prepare

ANSWER_SECONDS = 240.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A running system.

    Attributes:
        parts: Process ids, by what they are: engine, worker, client, web.
        web_port: Where the web process listens, if there is one.
    """

    ground: Ground
    metrics_urls: tuple[str, ...]
    parts: Mapping[str, tuple[int, ...]]
    client: Child
    web_port: int = 0

    def ask(self, workload: str, *, seconds: float = ANSWER_SECONDS, **arguments: object) -> Answer:
        """What the client process found; see `benchmarks.ours.load`."""
        return self.client.ask(workload, seconds=seconds, **arguments)

    def metric(self, name: str, **labels: str) -> float:
        """The sum over all engines, and over their series with these labels."""
        return sum(metric(url, name, **labels) for url in self.metrics_urls)

    @contextmanager
    def counted(self) -> Iterator[Counts]:
        """Counts what happens while the block runs."""
        with counted(self.ground, self.parts) as counts:
            yield counts

    def connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        """To the measured database; what runs there counts."""
        return psycopg.connect(self.ground.dsn, autocommit=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """Where one listens."""

    address: str
    metrics_url: str
    pid: int


@contextmanager
def running(
    *, engines: int = 1, workers: int = 1, slots: int | None = None, web: bool = False
) -> Iterator[Stack]:
    """Servers, engines, workers, which are spread over the engines in turn, and a client, while the block runs.

    Args:
        engines: How many.
        workers: How many.
        slots: Of each worker, for turns and for activities; None: its default.
        web: Whether there is a web process, too.
    """
    with ExitStack() as stack:
        below = stack.enter_context(ground())
        variables = environment(below)
        call([sys.executable, "manage.py", "migrate", "--verbosity=0"], variables)
        found = [
            stack.enter_context(engine(f"engine{number}", variables, below.folder))
            for number in range(engines)
        ]
        with_slots = variables | slots_of(slots)
        working = [
            stack.enter_context(
                worker(f"worker{number}", with_slots, below.folder, found[number % engines].address)
            )
            for number in range(workers)
        ]
        urls = tuple(each.metrics_url for each in found)
        where = {
            "BENCH_ADDRESSES": ",".join(each.address for each in found),
            "BENCH_METRICS": ",".join(urls),
        }
        command = [sys.executable, "-m", "benchmarks.ours.load"]
        client = stack.enter_context(child("client", command, variables | where, below.folder))
        parts = {
            "engine": tuple(each.pid for each in found),
            "worker": tuple(working),
            "client": (client.pid,),
        }
        web_port = free_port() if web else 0
        if web:
            parts["web"] = (stack.enter_context(web_process(web_port, variables, below.folder)),)
        yield Stack(ground=below, metrics_urls=urls, parts=parts, client=client, web_port=web_port)


def environment(below: Ground) -> dict[str, str]:
    """The variables that all of sched's processes share."""
    return {
        "SCHED_POSTGRES_DSN": below.dsn,
        "SCHED_REDIS_URL": below.redis_url,
        "SCHED_AUTH": "open",
        "SCHED_SECRET_KEY": "of the benchmarks alone, and of nothing that lasts",
        "SCHED_LOG_LEVEL": "warning",
        # As the engine sets for itself, and docs/capacity.md advises for workers and clients.
        **grpc_variables(),
    }


def grpc_variables() -> dict[str, str]:
    """What the engine's command sets for gRPC."""
    found: dict[str, str] = {}
    prepare(found)
    return found


def slots_of(count: int | None) -> dict[str, str]:
    """The variables of a worker that has so many, of both kinds."""
    return (
        {} if count is None else dict.fromkeys(("SCHED_WORKFLOW_SLOTS", "SCHED_ACTIVITY_SLOTS"), str(count))
    )


@contextmanager
def engine(name: str, variables: Mapping[str, str], folder: Path) -> Iterator[Engine]:
    """An engine that is ready, on free ports."""
    port, metrics_port = free_port(), free_port()
    own = {"ENGINE_PORT": str(port), "SCHED_METRICS_PORT": str(metrics_port)}
    url = f"http://127.0.0.1:{metrics_port}"
    with process(name, [sys.executable, "manage.py", "runengine"], {**variables, **own}, folder) as started:
        deadline = time.monotonic() + READY_SECONDS
        while not is_healthy(url):
            if started.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"the engine did not start:\n{tail(folder / f'{name}.log')}")
            time.sleep(0.05)
        yield Engine(address=f"127.0.0.1:{port}", metrics_url=url, pid=started.pid)


@contextmanager
def worker(name: str, variables: Mapping[str, str], folder: Path, address: str) -> Iterator[int]:
    """A worker of that engine; its process id. It connects by itself, and what is started waits for it."""
    command = [sys.executable, "-m", "benchmarks.ours.work"]
    with process(name, command, {**variables, "ENGINE_ADDRESS": address}, folder) as started:
        yield started.pid


@contextmanager
def web_process(port: int, variables: Mapping[str, str], folder: Path) -> Iterator[int]:
    """The web process, once it answers; its process id."""
    own = {"DASHBOARD_PORT": str(port)}
    with process("web", [sys.executable, "manage.py", "runweb"], {**variables, **own}, folder) as started:
        deadline = time.monotonic() + READY_SECONDS
        while not answers(f"http://127.0.0.1:{port}/api/workflows?pageSize=1"):
            if started.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"the web process did not start:\n{tail(folder / 'web.log')}")
            time.sleep(0.05)
        yield started.pid


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except OSError:
        return False


def is_healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=2) as answer:
            return bool(json.load(answer)["ok"])
    except OSError:
        return False
