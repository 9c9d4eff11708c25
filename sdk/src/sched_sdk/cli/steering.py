"""`schedctl signal`, `cancel`, `terminate` and `retry`: what changes a workflow.

A cancel or a termination that comes too late changes nothing and is no error: the workflow is where it was meant to be.
"""

import sys
from typing import Annotated

import typer

from sched_sdk.cli import words
from sched_sdk.cli.exits import Exit
from sched_sdk.cli.options import Json, Reason, RequestId, RunId, WorkflowId
from sched_sdk.cli.screen import Screen
from sched_sdk.cli.session import run
from sched_sdk.client import AsyncClient


def signal(
    context: typer.Context,
    workflow_id: WorkflowId,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The signal's name.", show_default=False)],
    payload: Annotated[str | None, typer.Option(help="JSON.", show_default=False)] = None,
    run_id: RunId = "",
    request_id: RequestId = None,
    json: Json = False,
) -> None:
    """Send a signal; it is kept until the workflow waits for it."""

    async def work(client: AsyncClient, screen: Screen) -> Exit:
        value = words.payload(payload, option="--payload")
        await client.signal(workflow_id, name, value, run_id=run_id, request_id=request_id)
        if screen.as_json:
            screen.document({"workflowId": workflow_id, "name": name})
        else:
            screen.line(f"sent {name} to {workflow_id}")
        return Exit.DONE

    run(context, work, as_json=json)


def cancel(
    context: typer.Context,
    workflow_id: WorkflowId,
    reason: Reason = "",
    run_id: RunId = "",
    request_id: RequestId = None,
    json: Json = False,
) -> None:
    """Ask a workflow to stop; its code may clean up first."""

    async def work(client: AsyncClient, screen: Screen) -> Exit:
        changed = await client.cancel(workflow_id, run_id=run_id, reason=reason, request_id=request_id)
        done = f"asked {workflow_id} to stop" if changed else f"{workflow_id} has ended, or was asked before"
        _tell(screen, workflow_id, done, changed=changed)
        return Exit.DONE

    run(context, work, as_json=json)


def terminate(
    context: typer.Context,
    workflow_id: WorkflowId,
    reason: Reason = "",
    run_id: RunId = "",
    request_id: RequestId = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
    json: Json = False,
) -> None:
    """End a workflow at once; none of its code runs any more."""

    async def work(client: AsyncClient, screen: Screen) -> Exit:
        if not (yes or _confirmed(workflow_id)):
            screen.note("nothing was done")
            return Exit.REFUSED
        changed = await client.terminate(workflow_id, run_id=run_id, reason=reason, request_id=request_id)
        done = f"terminated {workflow_id}" if changed else f"{workflow_id} has ended already"
        _tell(screen, workflow_id, done, changed=changed)
        return Exit.DONE

    run(context, work, as_json=json)


def retry(
    context: typer.Context,
    workflow_id: WorkflowId,
    run_id: RunId = "",
    request_id: RequestId = None,
    json: Json = False,
) -> None:
    """Start a new run of a workflow that has ended, with the same input."""

    async def work(client: AsyncClient, screen: Screen) -> Exit:
        handle = await client.retry(workflow_id, run_id=run_id, request_id=request_id)
        if screen.as_json:
            screen.document({"workflowId": workflow_id, "runId": handle.run_id, "started": handle.started})
        else:
            screen.line(f"{'started' if handle.started else 'found'} {workflow_id}, run {handle.run_id}")
        return Exit.DONE

    run(context, work, as_json=json)


def is_terminal() -> bool:
    """Whether somebody can be asked. A process without standard input has None."""
    return sys.stdin is not None and sys.stdin.isatty()


def _confirmed(workflow_id: str) -> bool:
    """Nobody is asked where nobody can answer: a script means what it says."""
    if not is_terminal():
        return True
    return typer.confirm(f"Terminate {workflow_id}? None of its code runs any more.", err=True)


def _tell(screen: Screen, workflow_id: str, done: str, *, changed: bool) -> None:
    if screen.as_json:
        screen.document({"workflowId": workflow_id, "changed": changed})
    else:
        screen.line(done)
