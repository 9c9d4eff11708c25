"""Completions from the wire to the desk, for streams and unary calls alike."""

from dataclasses import dataclass

from sched_sdk.proto.v1 import worker_pb2 as pb

from workflows.codec import commands as codec
from workflows.codec.values import failure_of, payload_of, retry_of
from workflows.core.inputs import ActivityCanceled, ActivityFailed, ActivitySucceeded, TurnCompleted
from workflows.core.keys import TaskKey, TaskKind
from workflows.core.rejection import Code, Rejected
from workflows.core.transition import Recorded
from workflows.core.values import Payload
from workflows.rpc.tokens import BadToken, Tokens
from workflows.service import limits
from workflows.service.desk import Completion, Desk, OnAnswer
from workflows.service.errors import Invalid
from workflows.service.handback import Why
from workflows.service.turn_limits import check_failure, check_outcome, check_retry, check_turn, failure_size

_NAMED = {TaskKind.WORKFLOW: "a workflow task", TaskKind.ACTIVITY: "an activity task"}
_WHY = {
    pb.RETURN_REASON_UNSPECIFIED: Why.ERROR,
    pb.RETURN_REASON_UNKNOWN_TYPE: Why.UNKNOWN_TYPE,
    pb.RETURN_REASON_NON_DETERMINISTIC: Why.NON_DETERMINISTIC,
    pb.RETURN_REASON_DRAIN: Why.DRAIN,
    pb.RETURN_REASON_ERROR: Why.ERROR,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenBack:
    """A task that its worker returns instead of completing it."""

    key: TaskKey
    delivery: int
    why: Why
    details: str


def read_turn(message: pb.WorkflowTaskCompletion, tokens: Tokens) -> Completion | GivenBack:
    """Parse a workflow task's completion.

    Raises:
        BadToken, Invalid: it cannot be one of ours, or breaks a limit.
    """
    key, delivery = tokens.read(message.token)
    _expect(key, TaskKind.WORKFLOW)
    match message.WhichOneof("outcome"):
        case "turn":
            turn = codec.turn_of(
                message.turn, key=key, delivery=delivery, identity=message.identity, build=message.build
            )
            check_turn(turn)
            return turn
        case "returned":
            return _given_back(key, delivery, message.returned)
    raise Rejected(Code.INVALID_TURN, "outcome: must be turn or returned")


def read_activity(message: pb.ActivityTaskCompletion, tokens: Tokens) -> Completion | GivenBack:
    """Parse an activity task's completion. A result that is too large is a failed attempt that is not retried.

    Raises:
        BadToken, Invalid: it cannot be one of ours, or breaks a limit.
    """
    key, delivery = tokens.read(message.token)
    _expect(key, TaskKind.ACTIVITY)
    match message.WhichOneof("outcome"):
        case "result":
            return _succeeded(key, delivery, message, payload_of(message.result), tokens)
        case "failure":
            return _failed(key, delivery, message)
        case "canceled":
            return _canceled(key, delivery, message)
        case "returned":
            return _given_back(key, delivery, message.returned)
    # An activity that returns nothing has no payload to send.
    return _succeeded(key, delivery, message, None, tokens)


def keeps_run(message: pb.WorkflowTaskCompletion | pb.ActivityTaskCompletion) -> bool:
    """Whether the worker has the run in memory after the turn that comes with the message."""
    if isinstance(message, pb.ActivityTaskCompletion):
        return message.eager.parked
    return message.parked


def lets_run_go(message: pb.WorkflowTaskCompletion | pb.ActivityTaskCompletion) -> bool:
    """Whether the worker no longer has the run that it has kept."""
    return isinstance(message, pb.ActivityTaskCompletion) and message.let_go


def last_event_after(given: Completion | GivenBack) -> int:
    """The number of the run's last event as a worker knows it that has done this turn; 0: there is no turn."""
    turn = given.turn if isinstance(given, ActivitySucceeded) else given
    return turn.seen_through + 1 + len(turn.commands) if isinstance(turn, TurnCompleted) else 0


def _succeeded(
    key: TaskKey, delivery: int, message: pb.ActivityTaskCompletion, result: Payload | None, tokens: Tokens
) -> Completion:
    identity = message.identity
    if result is not None and (too_large := limits.result_failure(limits.payload_size(result))):
        return ActivityFailed(key=key, delivery=delivery, failure=too_large, identity=identity)
    check_outcome(identity, "result", result)
    turn = _eager(key, message, tokens) if message.HasField("eager") else None
    return ActivitySucceeded(key=key, delivery=delivery, result=result, identity=identity, turn=turn)


def _failed(key: TaskKey, delivery: int, message: pb.ActivityTaskCompletion) -> Completion:
    identity, told = message.identity, message.failure
    failure = failure_of(told.failure)
    if too_large := limits.result_failure(failure_size(failure)):
        return ActivityFailed(key=key, delivery=delivery, failure=too_large, identity=identity)
    declared = retry_of(told.declared_retry) if told.HasField("declared_retry") else None
    check_retry("failure.declared_retry", declared)
    check_failure(identity, failure)
    return ActivityFailed(
        key=key, delivery=delivery, failure=failure, declared_retry=declared, identity=identity
    )


def _canceled(key: TaskKey, delivery: int, message: pb.ActivityTaskCompletion) -> Completion:
    identity, told = message.identity, message.canceled
    details = payload_of(told.details) if told.HasField("details") else None
    if details is not None and (too_large := limits.result_failure(limits.payload_size(details))):
        return ActivityFailed(key=key, delivery=delivery, failure=too_large, identity=identity)
    check_outcome(identity, "canceled.details", details)
    return ActivityCanceled(key=key, delivery=delivery, details=details, identity=identity)


def _eager(key: TaskKey, message: pb.ActivityTaskCompletion, tokens: Tokens) -> TurnCompleted | None:
    """The turn that comes with a result. One that breaks a rule is left out: the result is good without it, and the
    worker does the turn again, as a task of its own that is refused with the rule's name."""
    eager = message.eager
    try:
        workflow, _ = tokens.read(eager.token)
        if workflow.run_id != key.run_id or workflow.kind is not TaskKind.WORKFLOW:
            return None
        turn = codec.turn_of(
            eager.turn, key=workflow, delivery=0, identity=message.identity, build=eager.build
        )
        check_turn(turn)
    except (BadToken, Invalid, ValueError):
        return None
    return turn if turn.seen_through == eager.base_seq + 1 else None


def _expect(key: TaskKey, kind: TaskKind) -> None:
    if key.kind is not kind:
        raise Rejected(Code.STALE_TASK, f"token: it is of {_NAMED[key.kind]}; must be of {_NAMED[kind]}")


def _given_back(key: TaskKey, delivery: int, returned: pb.Returned) -> GivenBack:
    return GivenBack(
        key=key, delivery=delivery, why=_WHY.get(returned.reason, Why.ERROR), details=returned.details
    )


async def hand_in(desk: Desk, given: Completion | GivenBack, on_answer: OnAnswer, *, size: int) -> None:
    """Pass a parsed completion to the desk."""
    if isinstance(given, GivenBack):
        await give_back(desk, given, on_answer)
    else:
        desk.complete(given, on_answer, size=size)


async def give_back(desk: Desk, given: GivenBack, on_answer: OnAnswer) -> None:
    await desk.give_back([(given.key, given.delivery)], given.why, given.details)
    on_answer(Recorded())
