"""`schedctl list`, `describe`, `history` and `result`: what is stored, shown."""

from functools import cache
from typing import Annotated

import typer

from sched_sdk.arguments import EVENTS_MAX, check_whole
from sched_sdk.cli import documents, events, outcomes, page, shown, words
from sched_sdk.cli.exits import Exit
from sched_sdk.cli.options import Json, RunId, WorkflowId
from sched_sdk.cli.screen import Screen
from sched_sdk.cli.session import run
from sched_sdk.client import AsyncClient, WorkflowStatus
from sched_sdk.client.requests import PAGE_SIZE_MAX, ListFilters
from sched_sdk.client.vocabulary import parse_word
from sched_sdk.proto.v1 import workflow_pb2
from sched_sdk.proto.v1.history_pb2 import HistoryEvent

LIMIT = 50
LIMIT_MAX = 1_000_000
STATUS = "One of " + ", ".join(WorkflowStatus) + "."
INSTANT = "With its offset, as 2026-03-01T12:00:00Z, or how long ago, as 90m."
COLUMNS = ("ID", "RUN", "NAME", "STATUS", "QUEUE", "STARTED", "CLOSED")
ATTRIBUTE_CHARACTERS_MAX = 200
HIDDEN = "payloads are hidden from this API key, which lacks see-payloads"


def list_(
    context: typer.Context,
    status: Annotated[str | None, typer.Option(help=STATUS, show_default=False)] = None,
    type: Annotated[str, typer.Option(help="The workflow's name.", show_default=False)] = "",  # noqa: A002
    queue: Annotated[str, typer.Option(help="The task queue.", show_default=False)] = "",
    started_after: Annotated[str | None, typer.Option(help=INSTANT, show_default=False)] = None,
    started_before: Annotated[str | None, typer.Option(help=INSTANT, show_default=False)] = None,
    id_prefix: Annotated[str, typer.Option(help="How the id begins.", show_default=False)] = "",
    limit: Annotated[int, typer.Option(help="At most so many.")] = LIMIT,
    json: Json = False,
) -> None:
    """Runs, newest first."""

    async def work(client: AsyncClient, screen: Screen) -> Exit:
        filters: ListFilters = {
            "status": parse_word(WorkflowStatus, status, field="--status"),
            "workflow_type": type,
            "task_queue": queue,
            "started_after": words.instant(started_after, option="--started-after"),
            "started_before": words.instant(started_before, option="--started-before"),
            "id_prefix": id_prefix,
            "page_size": min(_limit(limit) + 1, PAGE_SIZE_MAX),
        }
        rows: list[tuple[str, ...]] = []
        async for found in client.reads.executions(**filters):
            if len(rows) == limit:
                screen.note(f"there are more than {limit}: see --limit")
                break
            rows.append(_row(found))
            if screen.as_json:
                screen.document(documents.execution(found))
        if not screen.as_json:
            screen.table(COLUMNS, rows)
        return Exit.DONE

    run(context, work, as_json=json)


def describe(context: typer.Context, workflow_id: WorkflowId, run_id: RunId = "", json: Json = False) -> None:
    """Where a workflow stands: input, outcome, and everything that is pending."""

    async def work(client: AsyncClient, screen: Screen) -> Exit:
        found = await client.reads.description(workflow_id, run_id=run_id)
        if screen.as_json:
            screen.document(documents.description(found))
        else:
            page.show(screen, found)
        return Exit.DONE

    run(context, work, as_json=json)


def history(
    context: typer.Context,
    workflow_id: WorkflowId,
    run_id: RunId = "",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the run has ended.")] = False,
    after: Annotated[int, typer.Option(help="Events with a greater number.")] = 0,
    json: Json = False,
) -> None:
    """The events of a run."""

    async def work(client: AsyncClient, screen: Screen) -> Exit:
        check_whole(after, field="--after", least=0, most=EVENTS_MAX)
        tell = cache(lambda: screen.note(HIDDEN))  # once
        async for event in client.reads.events(
            workflow_id, run_id=run_id, after=after, follow=follow, on_hidden=tell
        ):
            if screen.as_json:
                screen.document(events.document(event))
            else:
                screen.line(_event_line(event))
        return Exit.DONE

    run(context, work, as_json=json)


def result(
    context: typer.Context,
    workflow_id: WorkflowId,
    run_id: RunId = "",
    wait: Annotated[
        str | None,
        typer.Option(
            metavar="SECONDS", help="Wait so long for its end; unless given not at all.", show_default=False
        ),
    ] = None,
    json: Json = False,
) -> None:
    """The result; the exit status says how it ended."""

    async def work(client: AsyncClient, screen: Screen) -> Exit:
        limit = words.duration(wait, option="--wait")
        if not limit:
            return await outcomes.now(client, screen, workflow_id, run_id)
        return await outcomes.wait(client, screen, workflow_id, run_id, limit)

    run(context, work, as_json=json)


def _limit(limit: int) -> int:
    return check_whole(limit, field="--limit", least=1, most=LIMIT_MAX)


def _row(found: workflow_pb2.WorkflowExecution) -> tuple[str, ...]:
    return (
        found.workflow_id,
        found.run_id,
        found.workflow_type,
        documents.status(found.status) or "damaged",
        found.task_queue,
        shown.instant(found.started_time_us),
        shown.instant(found.closed_time_us) or "-",
    )


def _event_line(event: HistoryEvent) -> str:
    told = events.document(event)
    attributes = " ".join(
        f"{name}={shown.payload(value, longest=ATTRIBUTE_CHARACTERS_MAX)}"
        for name, value in told["attributes"].items()
        if value is not None
    )
    return f"{event.number:>5}  {shown.instant(event.time_us)}  {told['type']:<32}  {attributes}".rstrip()
