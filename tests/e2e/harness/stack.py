"""An engine and its workers on one backend, and the client that tests drive them with."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
from sched_sdk.client import Client, WorkflowHandle
from sched_sdk.proto.v1 import workflow_pb2, workflow_pb2_grpc
from sched_sdk.proto.v1.history_pb2 import HistoryEvent

from tests.e2e.harness import histories
from tests.e2e.harness.backends import Backend
from tests.e2e.harness.processes import Process
from tests.e2e.harness.waiting import wait_for
from tests.servers.process import free_port
from workflows.management.demo.histories import length

STREAMING = "streaming"
POLLING = "polling"


def get_json(url: str) -> dict[str, Any]:
    """The body of an answer, whatever its status."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return dict(json.load(answer))
    except urllib.error.HTTPError as refusal:
        with refusal:
            return dict(json.load(refusal))


class Stack:
    """Engine, workers and client. Ports stay the same over restarts.

    Args:
        mode: `streaming` or `polling`, for workers.
    """

    def __init__(self, backend: Backend, mode: str, folder: Path) -> None:
        self.backend = backend
        self.mode = mode
        self.folder = folder
        self.port = free_port()
        self.metrics_port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.client = Client(self.address)
        self.engine: Process | None = None
        self.workers: list[Process] = []

    @property
    def name(self) -> str:
        return f"{self.backend.name} {self.mode}"

    def start_engine(self, *options: str, **variables: str) -> Process:
        """Starts the engine, with these options of `runengine`, and waits until it serves."""
        settings = {"ENGINE_PORT": str(self.port), "SCHED_METRICS_PORT": str(self.metrics_port)}
        self.engine = Process(
            f"engine-{self.port}",
            ["manage.py", "runengine", *options],
            {**self.backend.variables, **settings, **variables},
            self.folder,
        )
        engine = self.engine
        wait_for(lambda: self.health() or engine.returncode is not None, f"engine on {self.name}")
        assert engine.returncode is None, engine.tail
        return engine

    def start_worker(self, queue: str = "default", **variables: str) -> Process:
        """Starts one more worker with the demo's and the tests' workflows."""
        settings = {
            "ENGINE_ADDRESS": self.address,
            "TASK_QUEUE": queue,
            "SCHED_WORKER_STREAMING": "true" if self.mode == STREAMING else "false",
        }
        worker = Process(
            f"worker-{len(self.workers) + 1}-of-{self.port}",
            ["-m", "tests.e2e.workflows"],
            settings | variables,
            self.folder,
        )
        self.workers.append(worker)
        return worker

    def warm_up(self) -> None:
        """Until a workflow has run from end to end: the worker is connected, everything is loaded."""
        assert self.start("Doubling", 1).result(60) == 3

    def kill_engine(self) -> None:
        assert self.engine is not None
        self.engine.kill()

    def stop(self) -> None:
        self.client.close()
        for process in (*self.workers, *([self.engine] if self.engine else [])):
            process.stop()

    def health(self) -> bool:
        try:
            return bool(self.healthz()["ok"])
        except OSError:
            return False

    def healthz(self) -> dict[str, Any]:
        """What the engine says of itself, well or not."""
        return get_json(f"http://127.0.0.1:{self.metrics_port}/healthz")

    def probe(self, path: str) -> int:
        """The status with which a probe of the metrics port is answered."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/{path}", timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code

    @property
    def leads(self) -> bool:
        return bool(self.healthz()["leader"])

    def metric(self, name: str, **labels: str) -> float:
        """The sum of a counter over the series with these labels."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=5) as answer:
            lines = answer.read().decode().splitlines()
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        found = (line for line in lines if line.startswith((name + "{", name + " ")))
        return sum(float(line.rpartition(" ")[2]) for line in found if all(part in line for part in wanted))

    def logs(self) -> str:
        """What the processes said last, for a test that fails."""
        processes = (*([self.engine] if self.engine else []), *self.workers)
        return "\n".join(f"--- {process.name} (pid {process.pid})\n{process.tail}" for process in processes)

    def queue(self, name: str) -> workflow_pb2.DescribeTaskQueueResponse:
        """What the engine says of a task queue, its workers among it."""
        with grpc.insecure_channel(self.address) as channel:
            service = workflow_pb2_grpc.WorkflowServiceStub(channel)
            found: workflow_pb2.DescribeTaskQueueResponse = service.DescribeTaskQueue(
                workflow_pb2.DescribeTaskQueueRequest(task_queue=name), timeout=10
            )
            return found

    # What scenarios do.

    def start(self, workflow: str, input: Any = None, **options: Any) -> WorkflowHandle:  # noqa: A002
        return self.client.start(workflow, input, **options)

    def wait_until(
        self, handle: WorkflowHandle, pattern: str, *, seconds: float = 30.0
    ) -> Sequence[HistoryEvent]:
        """Until the history is that of the pattern; at once a failure when it can no longer become so."""
        count = length(pattern)
        events: Sequence[HistoryEvent] = ()

        def enough() -> bool:
            nonlocal events
            events = handle.history()
            return len(events) >= count

        try:
            wait_for(enough, f"{count} events", seconds=seconds)
        except AssertionError:
            raise AssertionError(f"expected {pattern}\nfound    {histories.text(events)}") from None
        self.check(pattern, events)
        return events

    def check(self, pattern: str, events: Sequence[HistoryEvent]) -> None:
        assert [event.number for event in events] == list(range(1, len(events) + 1))
        assert histories.matches(pattern, events), f"expected {pattern}\nfound    {histories.text(events)}"


@contextmanager
def warm_stack(backend: Backend, folder: Path, mode: str = STREAMING) -> Iterator[Stack]:
    """An engine and a worker that have run a workflow, while the block runs."""
    made = Stack(backend, mode, folder)
    try:
        made.start_engine()
        made.start_worker()
        made.warm_up()
        yield made
    finally:
        made.stop()
