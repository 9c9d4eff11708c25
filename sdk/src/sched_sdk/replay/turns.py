"""History cut into turns.

    WS  Y1(seen 1)  AS0  TS1   AC0  Y2(seen 5)  ...          turn 1 was given [WS], turn 2 [AC0]
    ── given ──▶ Y ─ own ──▶  given ─▶ Y

Guarantees: a turn is given exactly the events after those of the turn before, up to its `seen_through`, in order; an
event that lies before a turn's Y and beyond its seen_through goes to the next one. Does not judge what turns did.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sched_sdk.errors import SchedError
from sched_sdk.proto.v1 import history_pb2

HistoryEvent = history_pb2.HistoryEvent

OUTCOMES = frozenset(
    {
        "activity_task_completed", "activity_task_failed", "activity_task_canceled", "activity_task_timed_out",
        "timer_fired",
    }
)  # fmt: skip
"""Events after which a thing is done."""

OWN = frozenset(
    {
        "activity_task_scheduled", "timer_started", "timer_canceled", "activity_task_cancel_requested",
        "activity_task_canceled", "workflow_execution_completed", "workflow_execution_failed",
        "workflow_execution_canceled",
    }
)  # fmt: skip
"""Events that a turn's commands leave directly after its Y. (AX may come from outside too.)"""


class BrokenHistoryError(SchedError):
    """What was given is not a history that this SDK can read."""


def kind_of(event: HistoryEvent) -> str:
    """The name of an event's attributes.

    Raises:
        BrokenHistoryError: An event of a kind that this SDK does not know: it cannot tell what it means.
    """
    kind = event.WhichOneof("attributes")
    if kind is None:
        raise BrokenHistoryError(
            f"event {event.number} is of a kind that this version of sched-sdk does not know"
        )
    return str(kind)


def command_of(event: HistoryEvent, kind: str = "") -> int:
    """The index of the thing that an event tells of; `kind`: its kind, where that is known."""
    index: int = getattr(event, kind or kind_of(event)).command
    return index


class Given(NamedTuple):
    """What one turn is given. `completed` is its Y; None: it is still to be done."""

    events: Sequence[HistoryEvent]
    now_us: int
    seen_through: int
    completed: HistoryEvent | None


class History:
    """The events of a run as they become known, and the cut that has been reached.

    Args:
        base: number of the last event that is known already, and not kept.
    """

    def __init__(self, base: int = 0) -> None:
        self._base = base
        self._events: list[HistoryEvent] = []
        self._outcome_at: dict[int, int] = {}
        self._requested_at: dict[int, int] = {}
        self._cut = base
        self._scanned = 0

    def extend(self, events: Iterable[HistoryEvent]) -> None:
        """Takes further events; those known already are passed over.

        Raises:
            BrokenHistoryError: A gap in the numbers, or an event of an unknown kind.
        """
        for event in events:
            if event.number <= self._last:
                continue
            if event.number != self._last + 1:
                raise BrokenHistoryError(f"event {self._last + 1} is missing before event {event.number}")
            kind = kind_of(event)
            if kind in OUTCOMES:
                self._outcome_at.setdefault(command_of(event, kind), event.number)
            elif kind == "activity_task_cancel_requested":
                self._requested_at.setdefault(command_of(event, kind), event.number)
            self._events.append(event)

    @property
    def _last(self) -> int:
        return self._base + len(self._events)

    @property
    def task_queue(self) -> str:
        """The run's own queue."""
        return self._events[0].workflow_execution_started.task_queue

    def next_completed(self) -> HistoryEvent | None:
        """The Y of the next turn that history holds and that has not been passed."""
        while self._scanned < len(self._events):
            event = self._events[self._scanned]
            self._scanned += 1
            if event.HasField("workflow_task_completed"):
                return event
        return None

    def given(self, seen_through: int, completed: HistoryEvent | None) -> Given:
        """What the next turn is given, and moves the cut behind it."""
        if not self._cut <= seen_through <= self._last:
            raise BrokenHistoryError(
                f"a turn has seen event {seen_through}, and history has {self._cut} to {self._last} for it"
            )
        events = self._events[self._cut - self._base : seen_through - self._base]
        self._cut = seen_through
        now_us = self._events[seen_through - self._base - 1].time_us if seen_through > self._base else 0
        return Given(events=events, now_us=now_us, seen_through=seen_through, completed=completed)

    def after(self, completed: HistoryEvent) -> Sequence[HistoryEvent]:
        """The events directly after a Y that can be the turn's own: all the way to the first that cannot."""
        begin = end = completed.number - self._base
        while end < len(self._events) and kind_of(self._events[end]) in OWN:
            end += 1
        return self._events[begin:end]

    def is_done_before(self, command: int, number: int) -> bool:
        """Whether the thing was done by an event before that number."""
        return self._outcome_at.get(command, number) < number

    def is_asked_before(self, command: int, number: int) -> bool:
        """Whether the activity was asked to stop by an event before that number."""
        return self._requested_at.get(command, number) < number
