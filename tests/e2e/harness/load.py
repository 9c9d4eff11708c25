"""A steady load of small workflows, with a note of each that was acknowledged, kept outside of any database."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from sched_sdk.client import Client, WorkflowHandle

from tests.e2e.harness import histories
from tests.e2e.harness.stack import Stack
from tests.e2e.harness.waiting import let_pass

CALLERS = 2
PAUSE_SECONDS = 0.05
"""Between the starts of one caller: a load under which a fault meets every kind of step, and no benchmark."""
PATTERN = "WS, Y, AS, AC, Y, WC"


class Load:
    """Starts `Doubling` from several threads. The SDK repeats what is safe to repeat; nothing else does."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._stopping = threading.Event()
        self.acknowledged: list[tuple[int, WorkflowHandle]] = []

    def run(self) -> None:
        with Client(self._stack.address) as client:
            number = 0
            while not self._stopping.is_set():
                handle = client.start("Doubling", number)
                self.acknowledged.append((number, self._stack.client.handle(handle.workflow_id)))
                number += 1
                let_pass(PAUSE_SECONDS)

    def stop(self) -> None:
        self._stopping.set()

    def check(self) -> None:
        """Every acknowledged start has its result, by the history that it would have had without a fault."""
        assert self.acknowledged
        for number, handle in self.acknowledged:
            assert handle.result(60) == 2 * number + 1
            events = handle.history()
            assert histories.matches(PATTERN, events), histories.text(events)
            assert [event.number for event in events] == list(range(1, len(events) + 1))


@contextmanager
def load_on(stack: Stack) -> Iterator[Load]:
    """While the block runs; what was acknowledged is checked at its end. A start that is refused is a failure."""
    load = Load(stack)
    with ThreadPoolExecutor(CALLERS) as threads:
        running = [threads.submit(load.run) for _ in range(CALLERS)]
        try:
            yield load
        finally:
            load.stop()
        for each in running:
            each.result(60)
    load.check()
