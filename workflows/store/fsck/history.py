"""A history read from its rows: decoded, folded by the kernel's own `evolve`, and held against its rules.

In memory is the state, never the history. Reading goes on past the first fault, so that one look tells of all gaps and
ends, but what comes behind it is not folded: of such a run nobody can say what its other rows should be.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from workflows.codec import events as codec
from workflows.core import events as e
from workflows.core.events import Event
from workflows.core.evolve import evolve
from workflows.core.state import State
from workflows.store.fsck.finding import Rule
from workflows.store.fsck.rows import EventRow

Told = Callable[[Rule, str, object, object], None]
"""Takes a finding: rule, what, is, should be."""

AFTER_THE_END = (
    e.ActivityTaskRetryScheduled,
    e.ActivityTaskCompleted,
    e.ActivityTaskFailed,
    e.ActivityTaskTimedOut,
    e.ActivityTaskCanceled,
)
"""Of detached activities; that the activity is one of those, its presence in the state tells."""
TERMINAL_TYPES = {codec.TYPE_NUMBERS[kind]: kind for kind in e.TERMINAL}


@dataclass(slots=True, kw_only=True)
class History:
    """What a history says. `state` is None where it does not fold."""

    state: State | None = None
    start: e.WorkflowExecutionStarted | None = None
    length: int = 0
    last: int = 0
    """Number of the last event that is there."""
    retries: dict[int, e.ActivityTaskRetryScheduled] = field(default_factory=dict)
    """By activity, the last of those that the history holds."""
    types: dict[int, int] = field(default_factory=dict)
    """By number, the types of the events whose column says another."""
    places: set[tuple[str, int]] = field(default_factory=set)
    """(namespace, shard) of its rows."""


def read(rows: Iterable[EventRow], tell: Told) -> History:
    """Reads a whole history, and tells of what is wrong with it."""
    return _Reading(tell).all(rows)


class _Reading:
    def __init__(self, tell: Told) -> None:
        self._tell = tell
        self._found = History()
        self._folds = True
        self._last = 0
        self._end = 0

    def all(self, rows: Iterable[EventRow]) -> History:
        for row in rows:
            self._row(row)
        if not self._folds:
            self._found.state = None
        return self._found

    def _row(self, row: EventRow) -> None:
        found = self._found
        found.length += 1
        found.places.add((row.namespace, row.shard))
        if row.seq != self._last + 1:
            self._broken(Rule.HISTORY_GAP, f"event behind {self._last}", row.seq, self._last + 1)
        self._last = found.last = row.seq
        event = self._decoded(row)
        kind = TERMINAL_TYPES.get(row.type) if event is None else type(event)
        if kind in e.TERMINAL:
            if self._end:
                self._broken(Rule.HISTORY_ENDS_TWICE, "terminal events", f"{self._end} and {row.seq}", "one")
            self._end = self._end or row.seq
        if event is not None and self._folds:
            self._fold(event)

    def _decoded(self, row: EventRow) -> Event | None:
        what = f"event {row.seq}"
        try:
            event = codec.decode(row.data)
        except Exception as error:  # whatever the bytes are, it is a finding
            self._broken(Rule.HISTORY_UNREADABLE, what, type(error).__name__, "an event")
            return None
        if event.number != row.seq:
            self._broken(Rule.HISTORY_UNREADABLE, f"{what}: its own number", event.number, row.seq)
            return None
        if isinstance(event, e.WorkflowExecutionStarted) and event.run_id != row.run_id:
            self._broken(Rule.HISTORY_UNREADABLE, f"{what}: its own run", event.run_id, row.run_id)
            return None
        if isinstance(event, codec.Unknown):
            self._broken(
                Rule.HISTORY_UNREADABLE, what, f"of type {event.type_number}", "of a type that is known here"
            )
            return None
        if codec.type_number(event) != row.type:
            self._found.types[row.seq] = codec.type_number(event)
            self._tell(Rule.EVENT_TYPE, f"{what}: type", row.type, codec.type_number(event))
        return event

    def _fold(self, event: Event) -> None:
        found = self._found
        if self._out_of_order(event):
            self._broken(
                Rule.HISTORY_ORDER, f"event {event.number}", type(event).__name__, "one that can follow"
            )
            return
        try:
            found.state = evolve(found.state, event)
        except (KeyError, AssertionError):
            self._broken(
                Rule.HISTORY_ORDER,
                f"event {event.number}",
                type(event).__name__,
                "about something that is open",
            )
            return
        if isinstance(event, e.WorkflowExecutionStarted):
            found.start = event
        elif isinstance(event, e.ActivityTaskRetryScheduled):
            found.retries[event.scheduled] = event

    def _out_of_order(self, event: Event) -> bool:
        state = self._found.state
        if state is None or isinstance(event, e.WorkflowExecutionStarted):
            return not (state is None and isinstance(event, e.WorkflowExecutionStarted))
        if event.at < state.last_event_at:
            return True
        if isinstance(event, e.WorkflowTaskCompleted) and event.turn != state.turns + 1:
            return True
        return not state.is_open and not isinstance(event, AFTER_THE_END)

    def _broken(self, rule: Rule, what: str, found: object, expected: object) -> None:
        self._folds = False
        self._tell(rule, what, found, expected)
