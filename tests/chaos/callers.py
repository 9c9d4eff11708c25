"""`python -m tests.chaos.callers`: callers, in a process of their own, which no fault meets.

They start and steer, and write down what they were promised before they ask for more.

A call that fails is made again at the other engine with the same request id, until it is acknowledged. What is in the
ledger was promised; what is not was never said to be done.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from sched_sdk.client import Client
from sched_sdk.errors import SchedError

from tests.chaos.kinds import KINDS, Kind

CALLERS = 12
PAUSE_SECONDS = 0.1
RETRY_SECONDS = 2.0


class Ledger:
    """A file of acknowledgements, a line each."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", buffering=1)
        self._lock = threading.Lock()
        self.failures = 0
        """Calls that were made again."""

    def write(self, *words: object) -> None:
        with self._lock:
            self._file.write(" ".join(map(str, words)) + "\n")
            self._file.flush()

    def close(self) -> None:
        self._file.close()


@dataclass(slots=True)
class Callers:
    """Callers that start over all of `seconds`, and end when all is acknowledged. A stall would be theirs otherwise."""

    addresses: list[str]
    ledger: Ledger
    workflows: int
    seconds: float
    _never: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        clients = [Client(address, retry_for=RETRY_SECONDS) for address in self.addresses]
        try:
            with ThreadPoolExecutor(CALLERS, thread_name_prefix="caller") as pool:
                for done in [pool.submit(self._call, clients, first) for first in range(CALLERS)]:
                    done.result()
        finally:
            for client in clients:
                client.close()

    def _call(self, clients: list[Client], first: int) -> None:
        begun = time.monotonic()
        for number in range(first, self.workflows, CALLERS):
            due = begun + self.seconds * number / self.workflows
            self._never.wait(max(0.0, due - time.monotonic()))
            self._one(clients, KINDS[number % len(KINDS)], number)

    def _one(self, clients: list[Client], kind: Kind, number: int) -> None:
        workflow_id = kind.workflow_id(number)
        engines = self._turns(clients, number)
        start = f"start-{workflow_id}"

        def started(client: Client) -> str:
            handle = client.start(kind.workflow, kind.input, workflow_id=workflow_id, request_id=start)
            return handle.run_id

        self.ledger.write("start", workflow_id, self._until_acknowledged(engines, started))
        for payload in kind.signals:
            request = f"signal-{workflow_id}-{payload}"

            def signalled(client: Client, payload: int = payload, request: str = request) -> None:
                client.signal(workflow_id, "go", payload, request_id=request)

            self._until_acknowledged(engines, signalled)
            self.ledger.write("signal", workflow_id, payload)
        if kind.canceled:
            request = f"cancel-{workflow_id}"
            self._until_acknowledged(engines, lambda client: client.cancel(workflow_id, request_id=request))
            self.ledger.write("cancel", workflow_id)

    def _turns(self, clients: list[Client], first: int) -> Iterator[Client]:
        while True:
            yield clients[first % len(clients)]
            first += 1

    def _until_acknowledged[T](self, engines: Iterator[Client], call: Callable[[Client], T]) -> T:
        while True:
            try:
                return call(next(engines))
            except SchedError:
                self.ledger.failures += 1
                self._never.wait(PAUSE_SECONDS)


def main() -> None:
    ledger = Ledger(Path(sys.argv[1]))
    Callers(sys.argv[4:], ledger, workflows=int(sys.argv[2]), seconds=float(sys.argv[3])).run()
    ledger.write("again", ledger.failures)
    ledger.close()


if __name__ == "__main__":
    main()
