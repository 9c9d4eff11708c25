"""What is hidden in messages from who may not see payloads."""

from __future__ import annotations

from sched_sdk.proto.v1 import workflow_pb2 as pb

from workflows.rpc.hiding import hide_payloads


def test_a_message_tells_the_kind_of_its_problems() -> None:
    """An execution in a list, its activities, its workflow task."""
    text = "ERROR: Traceback\n  charge(4242)"
    description = pb.WorkflowDescription(
        execution=pb.WorkflowExecution(problem=text),
        activities=[pb.PendingActivity(problem=text)],
        workflow_task=pb.PendingWorkflowTask(problem=text),
    )
    hide_payloads(description)
    assert description.execution.problem == "ERROR"
    assert [each.problem for each in description.activities] == ["ERROR"]
    assert description.workflow_task.problem == "ERROR"
