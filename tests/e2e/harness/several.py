"""Several engines of one parent on one port, as the system sees them: who they are, and to which of them one is
connected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.e2e.harness.backends import Backend
from tests.e2e.harness.processes import Process
from tests.e2e.harness.stack import STREAMING, Stack, get_json
from tests.e2e.harness.waiting import wait_for
from tests.servers.process import free_ports

PROCESSES = 2
WORKERS_MAX = 16
"""The kernel throws a coin for each of them."""


class Several:
    """A stack whose engine is a parent of engines."""

    def __init__(self, backend: Backend, folder: Path) -> None:
        self.stack = Stack(backend, STREAMING, folder)
        self.stack.metrics_port = free_ports(PROCESSES)

    def start(self, **variables: str) -> Process:
        """The parent, once all of its engines serve."""
        parent = self.stack.start_engine("--processes", str(PROCESSES), **variables)
        parent.wait_for_line(f"sched engine: {PROCESSES} processes, gRPC on port {self.stack.port}")
        return parent

    @property
    def parent(self) -> Process:
        assert self.stack.engine is not None
        return self.stack.engine

    def health(self, place: int) -> dict[str, object]:
        """What the engine at this place says of itself; nothing while there is none."""
        try:
            return get_json(f"http://127.0.0.1:{self.stack.metrics_port + place}/healthz")
        except OSError:
            return {}

    def engine(self, place: int) -> psutil.Process:
        """The process at this place, from 0, which is there."""
        name = wait_for(lambda: str(self.health(place).get("engine", "")), f"engine at place {place}")
        return psutil.Process(int(name.split(":")[1]))

    def engines(self) -> list[psutil.Process]:
        return [self.engine(place) for place in range(PROCESSES)]

    def children(self) -> list[psutil.Process]:
        """All processes that the parent has, serving or not."""
        return psutil.Process(self.parent.pid).children(recursive=True)

    def wait_for_another(self, place: int, before: psutil.Process) -> psutil.Process:
        """The engine that took the place of `before`, once it serves."""
        wait_for(
            lambda: self.health(place).get("ok") and self.engine(place).pid != before.pid, "another engine"
        )
        return self.engine(place)

    def places_of(self, pid: int) -> set[int]:
        """Of the engines to which a process is connected."""
        callers = set(self._ports(psutil.Process(pid), remote=False))
        return {
            place
            for place, engine in enumerate(self.engines())
            if callers & set(self._ports(engine, remote=True))
        }

    def start_worker_at(self, wanted: int, queue: str = "default") -> Process:
        """A worker that is connected to this engine alone; others that the kernel dealt out elsewhere are stopped."""
        for _ in range(WORKERS_MAX):
            worker = self.stack.start_worker(queue)
            places = wait_for(lambda pid=worker.pid: self.places_of(pid), "connection of a worker")  # type: ignore[misc]
            if places == {wanted}:
                return worker
            worker.stop()
        raise AssertionError(f"of {WORKERS_MAX} workers none was connected to engine {wanted} alone")

    def stop(self) -> None:
        self.stack.stop()

    def _ports(self, process: psutil.Process, *, remote: bool) -> Iterator[int]:
        """The callers' ports of a process's connections with our port; it is the caller, or the engine."""
        for each in process.net_connections("tcp"):
            if each.status != psutil.CONN_ESTABLISHED:
                continue
            here, there = (each.laddr.port, each.raddr.port)
            if remote and here == self.stack.port:
                yield there
            if not remote and there == self.stack.port:
                yield here


def has_ended(process: psutil.Process) -> bool:
    """Whether or not anybody has asked for its status yet."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@contextmanager
def all_gone(processes: Sequence[psutil.Process], seconds: float) -> Iterator[None]:
    """After the block these processes end within `seconds`."""
    yield
    wait_for(lambda: all(map(has_ended, processes)), "end of all engines", seconds=seconds)
