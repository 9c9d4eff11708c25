"""How a workflow ended: waited for, told, and as an exit status.

Standard output has the result alone, as JSON text, for the next program; how it failed is told on standard error. With
--json it is one document, whatever the end.
"""

import datetime as dt
from typing import Any

from sched_sdk.cli import documents, shown
from sched_sdk.cli.exits import Exit
from sched_sdk.cli.screen import Screen
from sched_sdk.client import AsyncClient
from sched_sdk.proto.v1 import common_pb2, workflow_pb2

SOON = dt.timedelta(seconds=1)
"""For the end of a run that has ended."""


async def wait(
    client: AsyncClient, screen: Screen, workflow_id: str, run_id: str, limit: dt.timedelta, **more: Any
) -> Exit:
    """Wait for the end and tell it; `more` comes with it in the document."""
    outcome = await client.reads.outcome(workflow_id, run_id=run_id, timeout=limit)
    return tell(screen, workflow_id, outcome, **more)


async def now(client: AsyncClient, screen: Screen, workflow_id: str, run_id: str) -> Exit:
    """Tell the end, if there is one already."""
    found = await client.reads.description(workflow_id, run_id=run_id)
    if found.payloads_hidden and found.execution.status != common_pb2.WORKFLOW_STATUS_RUNNING:
        # What is withheld would be taken for none: to ask for the result itself is refused in words.
        return await wait(client, screen, workflow_id, found.execution.run_id, SOON)
    outcome = workflow_pb2.GetWorkflowResultResponse(
        run_id=found.execution.run_id,
        status=found.execution.status,
        result=found.result if found.HasField("result") else None,
        failure=found.failure if found.HasField("failure") else None,
    )
    return tell(screen, workflow_id, outcome)


def tell(
    screen: Screen, workflow_id: str, outcome: workflow_pb2.GetWorkflowResultResponse, **more: Any
) -> Exit:
    """One outcome, and the exit status that says it too."""
    if screen.as_json:
        screen.document({**documents.outcome(workflow_id, outcome), **more})
    elif outcome.status == common_pb2.WORKFLOW_STATUS_COMPLETED:
        screen.line(shown.payload(documents.payload(outcome.result), whole=True))
    else:
        _explain(screen, workflow_id, outcome)
    return _exit(outcome.status)


def _explain(screen: Screen, workflow_id: str, outcome: workflow_pb2.GetWorkflowResultResponse) -> None:
    if outcome.status == common_pb2.WORKFLOW_STATUS_RUNNING:
        screen.note(f"workflow {workflow_id} is still running")
        return
    screen.note(f"workflow {workflow_id} ended {documents.status(outcome.status) or 'with a damaged status'}")
    if outcome.HasField("failure"):
        for line in shown.failure(outcome.failure):
            screen.note(f"  {line}")


def _exit(status: common_pb2.WorkflowStatus) -> Exit:
    if status == common_pb2.WORKFLOW_STATUS_COMPLETED:
        return Exit.DONE
    return Exit.RUNNING if status == common_pb2.WORKFLOW_STATUS_RUNNING else Exit.FAILED
