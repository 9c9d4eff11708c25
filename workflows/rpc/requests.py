"""Requests of clients as the kernel's inputs, checked against the limits."""

from datetime import timedelta

from sched_sdk.proto.v1 import common_pb2
from sched_sdk.proto.v1 import workflow_pb2 as pb

from workflows.codec.values import pairs_of, payload_of
from workflows.core.inputs import CancelRequested, SignalSent, StartRequested, TerminateRequested
from workflows.core.keys import DEFAULT_NAMESPACE
from workflows.core.values import ConflictPolicy, Payload, ReusePolicy
from workflows.rpc.entrance import signed
from workflows.service import ids, limits
from workflows.service.errors import FieldError, shown

DEFAULT_QUEUE = "default"
_CONFLICT = {0: ConflictPolicy.FAIL, 1: ConflictPolicy.FAIL, 2: ConflictPolicy.USE_EXISTING}
_REUSE = {
    0: ReusePolicy.ALLOW_DUPLICATE,
    1: ReusePolicy.ALLOW_DUPLICATE,
    2: ReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
    3: ReusePolicy.REJECT_DUPLICATE,
}


def start_of(request: pb.StartWorkflowRequest) -> StartRequested:
    """A start. Without a workflow id the run's own is taken, or one that follows from the request id.

    Raises:
        Invalid: with every field that breaks a rule.
    """
    run_id = ids.new_run_id()
    timeout = timedelta(microseconds=request.execution_timeout_us) if request.execution_timeout_us else None
    start = StartRequested(
        workflow_id=request.workflow_id or ids.derived_id(request.request_id) or run_id,
        run_id=run_id,
        workflow_type=request.workflow_type,
        task_queue=request.task_queue or DEFAULT_QUEUE,
        namespace=request.namespace or DEFAULT_NAMESPACE,
        input=_payload(request, "input"),
        execution_timeout=timeout,
        memo=_payload(request, "memo"),
        search_attributes=_payload(request, "search_attributes"),
        request_id=request.request_id,
        identity=signed(request.identity),
        headers=pairs_of(request.headers),
        conflict=_CONFLICT.get(request.conflict_policy, ConflictPolicy.FAIL),
        reuse=_REUSE.get(request.reuse_policy, ReusePolicy.ALLOW_DUPLICATE),
    )
    limits.require(
        limits.name_error("workflow_type", start.workflow_type),
        limits.workflow_id_error("workflow_id", start.workflow_id),
        limits.identifier_error("task_queue", start.task_queue),
        limits.identifier_error("namespace", start.namespace),
        request_id_error(start.request_id),
        limits.payload_error("input", start.input),
        limits.object_error("memo", start.memo),
        limits.object_error("search_attributes", start.search_attributes),
        limits.headers_error("headers", start.headers),
        limits.timeout_error("execution_timeout_us", timeout),
        limits.text_error("identity", request.identity, limits.IDENTITY_MAX),
        _enum_error("conflict_policy", request.conflict_policy, len(_CONFLICT)),
        _enum_error("reuse_policy", request.reuse_policy, len(_REUSE)),
        wait_error(request.wait_seconds),
    )
    return start


def signal_of(request: pb.SignalWorkflowRequest, run_id: str) -> SignalSent:
    return SignalSent(
        run_id=run_id,
        name=request.name,
        payload=_payload(request, "payload"),
        request_id=request.request_id,
        identity=request.identity,
    )


def check_signal(request: pb.SignalWorkflowRequest) -> None:
    limits.require(
        *_target_errors(request),
        limits.name_error("name", request.name),
        limits.payload_error("payload", _payload(request, "payload")),
        limits.text_error("identity", request.identity, limits.IDENTITY_MAX),
    )


def signal_start_of(request: pb.SignalWithStartWorkflowRequest) -> StartRequested:
    """A start that signals the run that results or exists."""
    start = start_of(request.start)
    payload = _payload(request, "signal_payload")
    limits.require(
        limits.name_error("signal_name", request.signal_name), limits.payload_error("signal_payload", payload)
    )
    signal = SignalSent(
        run_id=start.run_id,
        name=request.signal_name,
        payload=payload,
        request_id=start.request_id,
        identity=start.identity,
    )
    return StartRequested(
        **{
            name: getattr(start, name)
            for name in StartRequested.__slots__
            if name not in ("signal", "conflict")
        },
        conflict=ConflictPolicy.USE_EXISTING,
        signal=signal,
    )


type Steering = pb.CancelWorkflowRequest | pb.TerminateWorkflowRequest


def check_steering(request: Steering) -> None:
    limits.require(
        *_target_errors(request),
        limits.text_error("reason", request.reason, limits.REASON_MAX),
        limits.text_error("identity", request.identity, limits.IDENTITY_MAX),
    )


def cancel_of(request: pb.CancelWorkflowRequest, run_id: str) -> CancelRequested:
    return CancelRequested(
        run_id=run_id, reason=request.reason, request_id=request.request_id, identity=request.identity
    )


def terminate_of(request: pb.TerminateWorkflowRequest, run_id: str) -> TerminateRequested:
    return TerminateRequested(
        run_id=run_id, reason=request.reason, request_id=request.request_id, identity=request.identity
    )


def target_errors(namespace: str, workflow_id: str, run_id: str) -> tuple[FieldError | None, ...]:
    """Of the names of a run."""
    return (
        namespace_error(namespace),
        limits.workflow_id_error("workflow_id", workflow_id),
        run_id_error(run_id),
    )


def namespace_error(namespace: str) -> FieldError | None:
    """An empty one means the default."""
    return limits.identifier_error("namespace", namespace) if namespace else None


def run_id_error(run_id: str) -> FieldError | None:
    """An empty run id means the current run."""
    if not run_id or ids.is_run_id(run_id):
        return None
    return FieldError("run_id", shown(run_id), "must be a UUID in its canonical form")


def _target_errors(request: Steering | pb.SignalWorkflowRequest) -> tuple[FieldError | None, ...]:
    return (
        *target_errors(request.namespace, request.workflow_id, request.run_id),
        request_id_error(request.request_id),
    )


def request_id_error(request_id: str) -> FieldError | None:
    """An empty one means: no repeat is expected."""
    return limits.identifier_error("request_id", request_id) if request_id else None


def _enum_error(field: str, value: int, known: int) -> FieldError | None:
    return None if 0 <= value < known else FieldError(field, str(value), f"must be 0 to {known - 1}")


def wait_error(seconds: float) -> FieldError | None:
    """Of every long poll."""
    if 0 <= seconds <= 3600:
        return None
    return FieldError("wait_seconds", f"{seconds:g}", "must be 0 to 3600")


def _payload(message: object, field: str) -> Payload | None:
    if not message.HasField(field):  # type: ignore[attr-defined]
        return None
    payload: common_pb2.Payload = getattr(message, field)
    return payload_of(payload)
