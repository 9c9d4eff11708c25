"""Answers to completions, as the wire has them."""

from google.rpc import code_pb2  # type: ignore[import-untyped]
from sched_sdk.proto.v1 import worker_pb2 as pb

from workflows.core.transition import Reply, TurnRecorded
from workflows.rpc.refusals import refusal_of
from workflows.service.desk import Duplicate


def ack_of(completion_id: int, reply: Reply | Duplicate | BaseException | None) -> pb.CompletionAck:
    """The ack of a completion: recorded, a repeat, or refused with code, reason and sentence."""
    ack = pb.CompletionAck(id=completion_id)
    match reply:
        case BaseException():
            refusal = refusal_of(reply)
            ack.code, ack.reason, ack.message = refusal.code, refusal.reason, refusal.message
        case Duplicate():
            ack.duplicate = True
        case TurnRecorded():
            ack.last_event = reply.last_event
            for command, number in reply.numbers:
                ack.numbers.add(command=command, number=number)
    return ack


def invalid_ack(completion_id: int, field: str, rule: str) -> pb.CompletionAck:
    """The ack of a completion that does not even name what it completes."""
    message = f"{field}: {rule}"
    return pb.CompletionAck(
        id=completion_id, code=code_pb2.INVALID_ARGUMENT, reason="INVALID", message=message
    )
