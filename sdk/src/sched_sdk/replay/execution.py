"""One run of a workflow function, from its first turn on: seam, being filled in."""

from collections.abc import Sequence
from dataclasses import dataclass

from sched_sdk.proto.v1 import history_pb2, worker_pb2
from sched_sdk.registry import Registry, WorkflowDefinition

TurnResult = worker_pb2.Turn | worker_pb2.Returned


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskInfo:
    """What a workflow task says beside its events. `workflow_type` names the type where there is no definition."""

    seen_through: int
    namespace: str = "default"
    workflow_type: str = ""


class Execution:
    """A run of a workflow function that can be kept between its tasks."""

    def __init__(self, definition: WorkflowDefinition, *, registry: Registry, namespace: str = "default") -> None:
        raise NotImplementedError

    def activate(self, events: Sequence[history_pb2.HistoryEvent], *, seen_through: int) -> TurnResult:
        """Takes the run's further events, and does the turn that is given those up to `seen_through`."""
        raise NotImplementedError

    def close(self) -> None:
        """Unwinds the function without running commands."""
        raise NotImplementedError


def run_turn(
    definition: WorkflowDefinition | None,
    events: Sequence[history_pb2.HistoryEvent],
    *,
    registry: Registry,
    info: TaskInfo,
) -> TurnResult:
    """The answer to a workflow task whose history is `events`, from event 1 on; None as definition: UNKNOWN_TYPE."""
    raise NotImplementedError


def check_history(
    definition: WorkflowDefinition, events: Sequence[history_pb2.HistoryEvent], *, registry: Registry
) -> None:
    """Replays every recorded turn of a history. Raises NonDeterminismError where code and history part."""
    raise NotImplementedError
