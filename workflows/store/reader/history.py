"""Histories: pages of serialized events, ends, and whether a completion has been recorded.

The key of the events is (run, number), so a page costs what is on it, and the terminal event, which only events of
detached activities can follow, is found from the end.
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import accumulate, batched, takewhile

from django.db.models import QuerySet
from django.db.models.functions import Length

from dispatch.dialect import run_id_of
from workflows.codec.events import TYPE_NUMBERS, decode
from workflows.core import events as e
from workflows.core.keys import TaskKey, TaskKind
from workflows.core.rejection import Rejected
from workflows.core.values import FailureKind, Status
from workflows.models import Event, Execution
from workflows.store.outcome import Outcome, outcome_of
from workflows.store.reader.damage import Unreadable, damaged, event_or_unreadable
from workflows.store.reader.executions import IDS_MAX
from workflows.store.reader.rows import rows_of

PAGE_BYTES_MAX = 3 * 1024 * 1024
"""Of a page of history, unless a single event is larger: below the 4 MiB that a gRPC client accepts by default."""

TERMINAL_TYPES = tuple(TYPE_NUMBERS[kind] for kind in e.TERMINAL)
_ENDS = f"""SELECT x.run_id, (SELECT e.data FROM sched_events e WHERE e.run_id = x.run_id
        AND e.type IN ({", ".join(map(str, TERMINAL_TYPES))}) ORDER BY e.seq DESC LIMIT 1)
    FROM sched_executions x WHERE x.status <> '{Status.RUNNING.value}' AND x.run_id IN ({{runs}})"""  # noqa: S608 - constants
_LOOK_BACK = 200
"""Events in one step of a search from the end."""
_ANSWERS = (
    e.ActivityTaskCompleted,
    e.ActivityTaskFailed,
    e.ActivityTaskCanceled,
    e.ActivityTaskRetryScheduled,
)

_OF_THE_ENGINE = (FailureKind.TIMEOUT, FailureKind.WORKER_LOST)
"""Failures that no worker has reported: a completion that comes after them is too late, not a repeat."""


def history(
    run_id: str, *, after: int = 0, limit: int = 1000, types: Collection[type[e.Event]] = ()
) -> list[bytes]:
    """Serialized HistoryEvents with a number above `after`, in order; of the given types only, if any.

    At most `limit`, and fewer where they would exceed `PAGE_BYTES_MAX` together; none means that there are none.
    """
    page = _page(run_id, after, limit, types)
    return [bytes(data) for data in page.values_list("data", flat=True)]


def events(run_id: str, *, after: int = 0, limit: int) -> list[e.Event | Unreadable]:
    """A page as `history` has it, decoded. Those that cannot be are in their places, as what is known of them."""
    page = _page(run_id, after, limit, ()).values_list("seq", "type", "data")
    return [event_or_unreadable(run_id, number, kind, bytes(data)) for number, kind, data in page]


def _page(run_id: str, after: int, limit: int, types: Collection[type[e.Event]]) -> QuerySet[Event]:
    rows = Event.objects.filter(run_id=run_id, seq__gt=after).order_by("seq")
    if types:
        rows = rows.filter(type__in=[TYPE_NUMBERS[kind] for kind in types])
    sizes = rows.annotate(size=Length("data")).values_list("seq", "size")[:limit]
    fitting = list(takewhile(lambda total: total <= PAGE_BYTES_MAX, accumulate(size for _, size in sizes)))
    return rows[: max(len(fitting), 1)]


def outcomes(run_ids: Sequence[str]) -> list[Outcome | Rejected]:
    """The outcomes of those of the runs that have ended, in no order.

    DAMAGED, with the run, for one whose end cannot be read.
    """
    return [outcome for some in batched(run_ids, IDS_MAX) for outcome in _outcomes(some)]


def _outcomes(run_ids: Sequence[str]) -> Iterator[Outcome | Rejected]:
    for run, data in rows_of(_ENDS, runs=run_ids):
        if data is not None:
            yield _outcome_or_damaged(run_id_of(run), bytes(data))


def _outcome_or_damaged(run_id: str, data: bytes) -> Outcome | Rejected:
    try:
        return outcome_of(run_id, decode(data))
    except Exception:  # whatever bytes do to a decoder
        return damaged(run_id, "the end")


def recorded(key: TaskKey, delivery: int) -> bool:
    """Whether the completion of this delivery is in the history.

    Of an activity's failed attempts the history holds the first twenty. The search goes back to the event that
    scheduled the activity, so it is for repeats, which are rare.
    """
    if key.kind is TaskKind.WORKFLOW:
        return _turn_recorded(key, delivery)
    return any(_is_answer(event, key, delivery) for event in _answers_after(key))


def _turn_recorded(key: TaskKey, delivery: int) -> bool:
    turns = Execution.objects.filter(run_id=key.run_id).values_list("turns", flat=True).first()
    if turns is None or turns < key.number:
        return False
    back = turns - key.number
    rows = Event.objects.filter(run_id=key.run_id, type=TYPE_NUMBERS[e.WorkflowTaskCompleted])
    for data in rows.order_by("-seq").values_list("data", flat=True)[back : back + 1]:
        turn = decode(bytes(data))
        return isinstance(turn, e.WorkflowTaskCompleted) and turn.delivery == delivery
    return False


def _answers_after(key: TaskKey) -> Iterator[e.Event]:
    """Newest first, what may answer the activity."""
    types = [TYPE_NUMBERS[kind] for kind in _ANSWERS]
    rows = Event.objects.filter(run_id=key.run_id, seq__gt=key.number, type__in=types).order_by("-seq")
    found = list(rows.values_list("seq", "data")[:_LOOK_BACK])
    while found:
        yield from (decode(bytes(data)) for _, data in found)
        found = list(rows.filter(seq__lt=found[-1][0]).values_list("seq", "data")[:_LOOK_BACK])


def _is_answer(event: e.Event, key: TaskKey, delivery: int) -> bool:
    match event:
        case e.ActivityTaskCanceled():  # it names no attempt, and nothing follows it
            return (event.scheduled, event.delivery) == (key.number, delivery)
        case e.ActivityTaskRetryScheduled() | e.ActivityTaskFailed() if event.failure.kind in _OF_THE_ENGINE:
            return False
        case e.ActivityTaskCompleted() | e.ActivityTaskFailed() | e.ActivityTaskRetryScheduled():
            return (event.scheduled, event.attempt, event.delivery) == (key.number, key.attempt, delivery)
    return False
