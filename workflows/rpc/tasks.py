"""Handouts as the messages that workers receive."""

from sched_sdk.proto.v1 import common_pb2
from sched_sdk.proto.v1 import worker_pb2 as pb

from workflows.rpc.tokens import Tokens
from workflows.store.claimer import ACTIVITY_TASK_LEASE, WORKFLOW_TASK_LEASE, Handout
from workflows.store.handout import ActivityHandout, WorkflowHandout

_WORKFLOW_LEASE_US = int(WORKFLOW_TASK_LEASE.total_seconds() * 1_000_000)
_ACTIVITY_LEASE_US = int(ACTIVITY_TASK_LEASE.total_seconds() * 1_000_000)


def workflow_task(handout: WorkflowHandout, tokens: Tokens) -> pb.WorkflowTask:
    claimed = handout.claimed
    return pb.WorkflowTask(
        token=tokens.make(claimed.key, claimed.delivery),
        workflow_id=claimed.workflow_id,
        run_id=claimed.key.run_id,
        workflow_type=handout.workflow_type,
        task_queue=claimed.queue.queue,
        turn=claimed.key.number,
        delivery=claimed.delivery,
        first_event=handout.first_event,
        seen_through=handout.seen_through,
        events=handout.events,
        lease_us=_WORKFLOW_LEASE_US,
    )


def activity_task(handout: ActivityHandout, tokens: Tokens) -> pb.ActivityTask:
    claimed = handout.claimed
    task = pb.ActivityTask(
        token=tokens.make(claimed.key, claimed.delivery),
        workflow_id=claimed.workflow_id,
        run_id=claimed.key.run_id,
        workflow_type=handout.workflow_type,
        task_queue=claimed.queue.queue,
        scheduled=claimed.key.number,
        attempt=claimed.key.attempt,
        delivery=claimed.delivery,
        scheduled_event=handout.scheduled_event,
        lease_us=_ACTIVITY_LEASE_US,
        cancel_requested=claimed.cancel_requested,
    )
    if claimed.heartbeat_details is not None:
        task.heartbeat_details.CopyFrom(common_pb2.Payload.FromString(claimed.heartbeat_details))
    return task


def task_message(handout: Handout, tokens: Tokens) -> pb.WorkflowTask | pb.ActivityTask:
    if isinstance(handout, WorkflowHandout):
        return workflow_task(handout, tokens)
    return activity_task(handout, tokens)
