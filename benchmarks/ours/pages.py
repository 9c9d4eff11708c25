"""Open pages: `python -m benchmarks.ours.pages`, a process that is asked to open many, and how late they were told.

Half of them show the overview, four tenths a list, the others a workflow each. All are read; what every tenth of them
is told is looked at: how long after its decision a start, an end or an event was there. The decision's time is the
database's, of the same machine, and a little before the commit.
"""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from itertools import count
from typing import Any, Final

from benchmarks.child import Answer, serve
from benchmarks.ours.socket import Socket, connect

LOOKED_AT = 10
"""One page of so many."""
LISTS: Final[tuple[dict[str, str], ...]] = (
    {},
    {"status": "RUNNING"},
    {"status": "COMPLETED"},
    {"workflowName": "Bench"},
    {"taskQueue": "default"},
)


class Pages:
    """Live on an event loop in a thread of their own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._sockets: list[Socket] = []
        self._readers: list[asyncio.Task[None]] = []
        self._late: list[float] = []
        self._messages = self._bytes = 0

    def open(self, port: int, pages: int, workflows: list[str]) -> Answer:
        """Returns when each has its snapshot."""
        begun = time.perf_counter()
        asyncio.run_coroutine_threadsafe(self._open(port, pages, workflows), self._loop).result()
        return {"seconds": time.perf_counter() - begun}

    def told(self) -> Answer:
        """Since it was last asked."""
        late, self._late = self._late, []
        messages, self._messages = self._messages, 0
        size, self._bytes = self._bytes, 0
        ended = [repr(reader.exception()) for reader in self._readers if reader.done()]
        return {"late": late, "messages": messages, "bytes": size, "ended": ended}

    async def _open(self, port: int, pages: int, workflows: list[str]) -> None:
        for number, topic in zip(range(pages), _topics(workflows), strict=False):
            socket = await connect("127.0.0.1", port)
            socket.send(json.dumps({"subscribe": topic, "id": 1}))
            assert b'"snapshot"' in await socket.receive()
            self._sockets.append(socket)
            reading = self._read(socket, looks=number % LOOKED_AT == 0 or isinstance(topic, dict))
            self._readers.append(asyncio.create_task(reading))

    async def _read(self, socket: Socket, *, looks: bool) -> None:
        numbers = count()
        while True:
            data = await socket.receive()
            at = time.time()
            self._messages += 1
            self._bytes += len(data)
            if looks and next(numbers) % LOOKED_AT == 0:
                self._late += [at - each for each in _decided(json.loads(data).get("changed", {}))]


def _topics(workflows: list[str]) -> Iterator[Any]:
    """In tens: five overviews, four lists, one workflow."""
    for number in count():
        yield from ["overview"] * 5
        yield from ({"list": LISTS[(4 * number + each) % len(LISTS)]} for each in range(4))
        yield {"workflow": workflows[number % len(workflows)]}


def _decided(changed: Any) -> Iterator[float]:
    """When what a message tells of was decided."""
    for row in (*changed.get("recent", ()), *changed.get("workflows", ())):
        if row["closedAt"]:
            yield _seconds(row["closedAt"])
        elif row["historyLength"] == 1:
            yield _seconds(row["startedAt"])
    for event in changed.get("events", ()):
        yield _seconds(event["time"])


def _seconds(instant: str) -> float:
    return datetime.fromisoformat(instant).timestamp()


if __name__ == "__main__":
    found = Pages()
    serve({"open": found.open, "told": found.told})
