"""A flood, and how long somebody else's workflows take meanwhile."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import batched
from typing import Any

import grpc
from sched_sdk import converter
from sched_sdk.proto.v1 import workflow_pb2, workflow_pb2_grpc

from tests.e2e.harness.stack import Stack

FLOODED = "flooded"
BATCH = 250
"""Starts of one request."""


def start_many(stack: Stack, workflow: str, count: int, *, timeout: timedelta | None = None) -> int:
    """Starts that many on the flooded queue, as fast as one caller can; how many were accepted."""
    one = workflow_pb2.StartWorkflowRequest(
        workflow_type=workflow, task_queue=FLOODED, input=converter.encode(1, field="input")
    )
    if timeout is not None:
        one.execution_timeout_us = timeout // timedelta(microseconds=1)
    with grpc.insecure_channel(stack.address) as channel:
        stub: Any = workflow_pb2_grpc.WorkflowServiceStub(channel)
        answers = (
            stub.StartWorkflows(workflow_pb2.StartWorkflowsRequest(starts=[one] * len(batch)))
            for batch in batched(range(count), BATCH)
        )
        return sum(outcome.response.started for answer in answers for outcome in answer.outcomes)


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds, one for each sample."""

    taken: Sequence[float]

    def percentile(self, share: float) -> float:
        """The smallest that `share` of them do not exceed."""
        return sorted(self.taken)[math.ceil(share * len(self.taken)) - 1]

    def __str__(self) -> str:
        shown = (f"p{share * 100:.0f} {self.percentile(share) * 1000:.0f} ms" for share in (0.5, 0.95, 0.99))
        return f"{len(self.taken)} samples: {', '.join(shown)}"


def times(stack: Stack, samples: int, *, until: Callable[[], bool] = lambda: False) -> Times:
    """From start to result of workflows with one activity, one after the other, on the default queue; after each tenth
    it looks whether to end sooner."""
    taken: list[float] = []
    while len(taken) < samples and not (len(taken) % 10 == 0 and until()):
        number = len(taken)
        begun = time.perf_counter()
        assert stack.start("Doubling", number, wait=30).result(30) == 2 * number + 1
        taken.append(time.perf_counter() - begun)
    assert taken, "it was over before the first sample"
    return Times(taken)


@contextmanager
def kept_full(stack: Stack, workflow: str, backlog: Callable[[], int], least: int) -> Iterator[None]:
    """While the block runs the flooded queue has at least so many, however fast its worker is."""
    done = threading.Event()

    def fill() -> None:
        while not done.wait(0.1):
            if backlog() < least:
                start_many(stack, workflow, BATCH)

    thread = threading.Thread(target=fill, name="flood")
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
