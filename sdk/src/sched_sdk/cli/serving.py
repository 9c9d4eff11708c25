"""`schedctl queues` and `schedctl workers`: what waits for whom."""

from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from sched_sdk.cli import documents, shown
from sched_sdk.cli.exits import Exit
from sched_sdk.cli.options import Json
from sched_sdk.cli.screen import Screen
from sched_sdk.cli.session import run
from sched_sdk.client import AsyncClient
from sched_sdk.proto.v1 import workflow_pb2

QUEUE_COLUMNS = ("QUEUE", "KIND", "BACKLOG", "OLDEST", "IN FLIGHT", "WORKERS")
WORKER_COLUMNS = ("WORKER", "QUEUE", "KIND", "IN FLIGHT", "SLOTS", "DELIVERY", "CONNECTED", "BUILD", "TYPES")
TYPES_SHOWN = 5


def queues(
    context: typer.Context,
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Task queues.", show_default=False)],
    json: Json = False,
) -> None:
    """Backlog, age of the oldest task, tasks in hand and workers of task queues."""

    async def work(client: AsyncClient, screen: Screen) -> Exit:
        found = [(name, await client.reads.task_queue(name)) for name in names]
        if screen.as_json:
            screen.document([documents.task_queue(name, queue) for name, queue in found])
        else:
            screen.table(QUEUE_COLUMNS, [row for name, queue in found for row in _queue_rows(name, queue)])
        return Exit.DONE

    run(context, work, as_json=json)


def workers(
    context: typer.Context,
    queue: Annotated[
        str | None, typer.Option(help="Of one task queue; unless given of all.", show_default=False)
    ] = None,
    json: Json = False,
) -> None:
    """Workers that are connected to the engine."""

    async def work(client: AsyncClient, screen: Screen) -> Exit:
        found = (await client.reads.workers(queue)).workers
        if screen.as_json:
            screen.document([documents.worker(each) for each in found])
        else:
            screen.table(WORKER_COLUMNS, map(_worker_row, found))
        return Exit.DONE

    run(context, work, as_json=json)


def _queue_rows(name: str, queue: workflow_pb2.DescribeTaskQueueResponse) -> Iterator[tuple[str, ...]]:
    for kind, found in (("workflow", queue.workflow_tasks), ("activity", queue.activity_tasks)):
        oldest = shown.span(found.oldest_age_seconds) if found.backlog else "-"
        yield name, kind, str(found.backlog), oldest, str(found.in_flight), str(len(found.workers))


def _types(types: Sequence[str]) -> str:
    """The first of them; --json has all."""
    left = len(types) - TYPES_SHOWN
    return ", ".join(types[:TYPES_SHOWN]) + (f" and {left} more" if left > 0 else "")


def _worker_row(worker: workflow_pb2.WorkerDescription) -> tuple[str, ...]:
    return (
        worker.identity,
        worker.task_queue,
        worker.kind,
        str(worker.in_flight),
        str(worker.slots),
        "stream" if worker.streaming else "poll",
        shown.instant(worker.connected_time_us),
        worker.build or "-",
        _types(worker.types),
    )
