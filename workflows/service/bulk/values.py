"""What a bulk operation is asked to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from workflows.access.actions import Action
from workflows.core.values import Payload
from workflows.store.bulk import Target
from workflows.store.reader import Filters


class Kind(StrEnum):
    """By the name of the action that each execution gets."""

    SIGNAL = "signal"
    CANCEL = "cancel"
    TERMINATE = "terminate"
    RETRY = "retry"

    @property
    def action(self) -> Action:
        """What whoever asks for it must be allowed."""
        return Action(self.value)


class State(StrEnum):
    """See the package."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    STOPPED = "STOPPED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One operation as it is asked for.

    Attributes:
        everything: there is no filter, and that is meant.
        reason: of a cancel or a termination.
        signal_name: of a signal, and its `payload`.
        request_id: the second of the same one finds the first's operation, and changes nothing.
    """

    kind: Kind
    filters: Filters
    everything: bool = False
    reason: str = ""
    signal_name: str = ""
    payload: Payload | None = None
    request_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What an operation would come to now: how many executions, and the first of them."""

    found: int
    first: Sequence[Target]
