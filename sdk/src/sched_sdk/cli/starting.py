"""`schedctl start`."""

from typing import Annotated

import typer

from sched_sdk.cli import outcomes, words
from sched_sdk.cli.exits import Exit
from sched_sdk.cli.options import Json, RequestId
from sched_sdk.cli.screen import Screen
from sched_sdk.cli.session import run
from sched_sdk.client import AsyncClient, AsyncWorkflowHandle
from sched_sdk.client.requests import StartOptions
from sched_sdk.client.vocabulary import WorkflowIdConflictPolicy, WorkflowIdReusePolicy
from sched_sdk.errors import ArgumentError
from sched_sdk.proto.v1 import common_pb2

POLICY = "One of " + ", ".join(WorkflowIdReusePolicy) + ": when the last run of the id has ended."
CONFLICT = "One of " + ", ".join(WorkflowIdConflictPolicy) + ": when a run of the id is open."
WAIT = "Wait so long for its end, and tell its result."


def start(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="The workflow's name, as a worker registers it.", show_default=False
        ),
    ],
    input: Annotated[str | None, typer.Option(help="JSON.", show_default=False)] = None,  # noqa: A002
    input_file: Annotated[
        str | None, typer.Option(help="A file with JSON, or - for standard input.", show_default=False)
    ] = None,
    id: Annotated[str | None, typer.Option(help="Chosen unless given.", show_default=False)] = None,  # noqa: A002
    queue: Annotated[
        str | None, typer.Option(help="Unless given TASK_QUEUE, else default.", show_default=False)
    ] = None,
    timeout: Annotated[
        str | None, typer.Option(help="The run ends TIMED_OUT after that, as 90s or 2h.", show_default=False)
    ] = None,
    memo: Annotated[str | None, typer.Option(help="A JSON object, shown.", show_default=False)] = None,
    search_attributes: Annotated[
        str | None, typer.Option(help="A JSON object, shown.", show_default=False)
    ] = None,
    request_id: RequestId = None,
    reuse_policy: Annotated[str | None, typer.Option(help=POLICY, show_default=False)] = None,
    conflict_policy: Annotated[str | None, typer.Option(help=CONFLICT, show_default=False)] = None,
    wait: Annotated[str | None, typer.Option(metavar="SECONDS", help=WAIT, show_default=False)] = None,
    json: Json = False,
) -> None:
    """Start a workflow."""

    async def work(client: AsyncClient, screen: Screen) -> Exit:
        limit = words.duration(wait, option="--wait")
        options: StartOptions = {
            "workflow_id": id,
            "request_id": request_id,
            "task_queue": queue,
            "execution_timeout": words.duration(timeout, option="--timeout", positive=True),
            "memo": words.object_(memo, option="--memo"),
            "search_attributes": words.object_(search_attributes, option="--search-attributes"),
            "conflict_policy": conflict_policy,
            "reuse_policy": reuse_policy,
        }
        handle = await client.start(name, _input(input, input_file), **options)
        _tell(screen, handle, waits=limit is not None)
        if limit is None:
            return Exit.DONE
        return await outcomes.wait(
            client, screen, handle.workflow_id, handle.run_id, limit, started=handle.started
        )

    run(context, work, as_json=json)


def _input(text: str | None, path: str | None) -> common_pb2.Payload | None:
    if text is not None and path is not None:
        raise ArgumentError("--input-file", path, "must not be given together with --input")
    return (
        words.payload(text, option="--input")
        if path is None
        else words.payload_of_file(path, option="--input-file")
    )


def _tell(screen: Screen, handle: AsyncWorkflowHandle, *, waits: bool) -> None:
    """With a wait, standard output is for the result."""
    said = f"{'started' if handle.started else 'found'} {handle.workflow_id}, run {handle.run_id}"
    if waits:
        if not screen.as_json:
            screen.note(said)
    elif screen.as_json:
        screen.document({"workflowId": handle.workflow_id, "runId": handle.run_id, "started": handle.started})
    else:
        screen.line(said)
