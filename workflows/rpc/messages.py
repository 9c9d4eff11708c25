"""What was found, as messages."""

from collections.abc import Iterable
from operator import attrgetter

from google.protobuf.message import DecodeError
from sched_sdk.proto.v1 import common_pb2, history_pb2
from sched_sdk.proto.v1 import workflow_pb2 as pb

from workflows.codec import values as v
from workflows.core.transition import Started, Steered
from workflows.core.values import Status
from workflows.service.subscription import Subscription
from workflows.store import reader
from workflows.store.outcome import Outcome

STATUSES = {
    Status.RUNNING: common_pb2.WORKFLOW_STATUS_RUNNING,
    Status.COMPLETED: common_pb2.WORKFLOW_STATUS_COMPLETED,
    Status.FAILED: common_pb2.WORKFLOW_STATUS_FAILED,
    Status.CANCELED: common_pb2.WORKFLOW_STATUS_CANCELED,
    Status.TERMINATED: common_pb2.WORKFLOW_STATUS_TERMINATED,
    Status.TIMED_OUT: common_pb2.WORKFLOW_STATUS_TIMED_OUT,
}
STATUS_OF = {number: status for status, number in STATUSES.items()}


def event_message(run_id: str, data: bytes, number: int) -> history_pb2.HistoryEvent:
    """The event that is stored as this number.

    Raises:
        Rejected: DAMAGED, it cannot be read, or is another.
    """
    try:
        message = history_pb2.HistoryEvent.FromString(data)
    except DecodeError:
        raise reader.damaged(run_id, f"event {number}") from None
    if message.number != number:
        raise reader.damaged(run_id, f"event {number}")
    return message


def started(reply: Started) -> pb.StartWorkflowResponse:
    return pb.StartWorkflowResponse(workflow_id=reply.workflow_id, run_id=reply.run_id, started=reply.started)


def signaled(reply: Steered) -> pb.SignalWorkflowResponse:
    return pb.SignalWorkflowResponse(run_id=reply.run_id, duplicate=not reply.changed)


def cancel_asked(reply: Steered) -> pb.CancelWorkflowResponse:
    status = STATUSES[reply.status]
    return pb.CancelWorkflowResponse(run_id=reply.run_id, requested=reply.changed, status=status)


def terminated(reply: Steered) -> pb.TerminateWorkflowResponse:
    status = STATUSES[reply.status]
    return pb.TerminateWorkflowResponse(run_id=reply.run_id, terminated=reply.changed, status=status)


def result_message(outcome: Outcome) -> pb.GetWorkflowResultResponse:
    message = pb.GetWorkflowResultResponse(run_id=outcome.run_id, status=STATUSES[outcome.status])
    if outcome.result is not None:
        v.put_payload(message.result, outcome.result)
    if outcome.failure is not None:
        v.put_failure(message.failure, outcome.failure)
    return message


def worker_elsewhere(worker: reader.Worker) -> pb.WorkerDescription:
    """Of another engine, as the database tells of it."""
    return pb.WorkerDescription(
        identity=worker.identity,
        session_id=worker.session,
        task_queue=worker.queue,
        kind=worker.kind.name.lower(),
        types=worker.types,
        build=worker.build,
        slots=worker.slots,
        in_flight=worker.in_flight,
        connected_time_us=v.time_us(worker.connected_at),
        streaming=worker.streaming,
    )


def workers_here(subscriptions: Iterable[Subscription]) -> list[pb.WorkerDescription]:
    """Those that are connected here. The polls of a worker that are open at the same time are one worker."""
    found: dict[object, pb.WorkerDescription] = {}
    for each in sorted(subscriptions, key=attrgetter("connected_at")):
        poll = (each.queue, each.identity, each.session, each.types, each.build, each.slots)
        name: object = id(each) if each.streaming else poll
        if name in found:
            found[name].in_flight += len(each.held)
        else:
            found[name] = _worker_message(each)
    return list(found.values())


def _worker_message(worker: Subscription) -> pb.WorkerDescription:
    return pb.WorkerDescription(
        identity=worker.identity,
        session_id=worker.session,
        task_queue=worker.queue.queue,
        kind=worker.queue.kind.name.lower(),
        types=worker.types,
        build=worker.build,
        slots=worker.slots,
        in_flight=len(worker.held),
        connected_time_us=v.time_us(worker.connected_at),
        streaming=worker.streaming,
    )
