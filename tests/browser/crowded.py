"""A site of its own for tests that fill it: with a worker that has the tests' workflows, on a queue of theirs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sched_sdk.client import AsyncClient

from tests.browser.site import Site
from tests.e2e.harness.processes import Process
from tests.e2e.harness.waiting import wait_for

QUEUE: Final = "tests"
"""Of the worker."""
NOBODYS: Final = "nobody"
"""A queue that no worker serves."""


@contextmanager
def crowded(folder: Path) -> Iterator[Site]:
    """Open to this machine, as `make up` is."""
    site = Site(folder)
    try:
        site.wait()
        variables = {"ENGINE_ADDRESS": address_of(site), "TASK_QUEUE": QUEUE}
        worker = Process("worker-of-tests", ["-m", "tests.e2e.workflows"], variables, folder)
        try:
            yield site
        finally:
            worker.stop()
    finally:
        site.stop()


def address_of(site: Site) -> str:
    """Of the engine."""
    return f"127.0.0.1:{site.variables['ENGINE_PORT']}"


def begin(
    site: Site, name: str, workflow_id: str, input_: Any = None, queue: str = QUEUE, **more: Any
) -> None:
    body = {"workflowName": name, "workflowId": workflow_id, "taskQueue": queue, "input": input_, **more}
    site.rest._call("/workflows", body)


def begin_many(site: Site, count: int) -> None:
    """Workflows that wait in a queue which nobody serves."""

    async def start_all() -> None:
        async with AsyncClient(address_of(site)) as client:
            ids = (f"waiting-{number:05}" for number in range(count))
            starts = (client.start("HelloWorld", workflow_id=each, task_queue=NOBODYS) for each in ids)
            await asyncio.gather(*starts)

    asyncio.run(start_all())


def tell_story(site: Site, workflow_id: str, chapters: int, seconds: float) -> int:
    """A workflow that has told its chapters and waits for the signal `enough`; how many events that took."""
    begin(site, "Story", workflow_id, {"chapters": chapters, "end": "enough"})

    def told() -> bool:
        # The wait of each chapter has a timer, and its activities are pending; the last wait is for the signal alone.
        pending = site.rest._call(f"/workflows/{workflow_id}/pending")
        last = site.rest._call(f"/workflows/{workflow_id}/history?after={_length(site, workflow_id) - 1}")[
            "events"
        ]
        waits = last and last[-1]["attributes"].get("wait", {}).get("signals") == ["enough"]
        return bool(waits) and not pending["activities"]

    wait_for(told, "end of the story", seconds=seconds, look=0.5)
    return _length(site, workflow_id)


def _length(site: Site, workflow_id: str) -> int:
    return int(site.rest.execution(workflow_id)["historyLength"])
