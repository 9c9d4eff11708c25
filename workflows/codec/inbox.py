"""What waits in the inbox: signals, cancel requests and terminations, as a kind and bytes.

The bytes are those of the client's request messages, whose fields are the inputs' fields; the run is the row's.
"""

import enum

from sched_sdk.proto.v1 import workflow_pb2 as pb

from workflows.codec import values as v
from workflows.core.inputs import CancelRequested, SignalSent, TerminateRequested

Steering = SignalSent | CancelRequested | TerminateRequested
"""What may wait in the inbox."""


class InboxKind(enum.IntEnum):
    """Of `sched_inbox.kind`."""

    SIGNAL = 1
    CANCEL = 2
    TERMINATE = 3


def kind_of(given: Steering) -> InboxKind:
    return _KINDS[type(given)]


def encode(given: Steering) -> bytes:
    """Everything of the input but its run."""
    if isinstance(given, SignalSent):
        signal = pb.SignalWorkflowRequest(
            name=given.name, request_id=given.request_id, identity=given.identity
        )
        if given.payload is not None:
            v.put_payload(signal.payload, given.payload)
        return signal.SerializeToString(deterministic=True)
    message = pb.CancelWorkflowRequest if isinstance(given, CancelRequested) else pb.TerminateWorkflowRequest
    return message(
        reason=given.reason, request_id=given.request_id, identity=given.identity
    ).SerializeToString()


def decode(kind: int, run_id: str, data: bytes) -> Steering:
    """The input of a row."""
    if kind == InboxKind.SIGNAL:
        signal = pb.SignalWorkflowRequest.FromString(data)
        return SignalSent(
            run_id=run_id,
            name=signal.name,
            payload=v.payload_of(signal.payload) if signal.HasField("payload") else None,
            request_id=signal.request_id,
            identity=signal.identity,
        )
    if kind == InboxKind.CANCEL:
        cancel = pb.CancelWorkflowRequest.FromString(data)
        return CancelRequested(
            run_id=run_id, reason=cancel.reason, request_id=cancel.request_id, identity=cancel.identity
        )
    if kind == InboxKind.TERMINATE:
        end = pb.TerminateWorkflowRequest.FromString(data)
        return TerminateRequested(
            run_id=run_id, reason=end.reason, request_id=end.request_id, identity=end.identity
        )
    raise ValueError(
        f"inbox of run {run_id}: kind {kind}: must be one of {[int(kind) for kind in InboxKind]}"
    )


_KINDS: dict[type[Steering], InboxKind] = {
    SignalSent: InboxKind.SIGNAL,
    CancelRequested: InboxKind.CANCEL,
    TerminateRequested: InboxKind.TERMINATE,
}
