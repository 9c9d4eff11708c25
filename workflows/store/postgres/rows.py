"""Rows of the load statement to the kernel's state."""

from collections.abc import Sequence
from typing import Any

from workflows.codec import events as event_codec
from workflows.codec import values as v
from workflows.core.keys import TaskKey, TaskKind
from workflows.core.state import Activity, State, TaskState, UserTimer
from workflows.core.values import Status
from workflows.store.backend import InboxEntry
from workflows.store.inbox import InboxRow, entries
from workflows.store.postgres.load import ACTIVITY, EVENT, HEADER, INBOX, NOW, REQUEST, TASK, TIMER

_STATUS = {status.value: status for status in Status}
_KIND = {int(kind): kind for kind in TaskKind}

Row = Sequence[Any]
Rows = dict[int, list[Row]]


def by_tag(rows: Sequence[Row]) -> Rows:
    """Rows by what they are."""
    tagged: Rows = {tag: [] for tag in (HEADER, TASK, ACTIVITY, TIMER, EVENT, INBOX, REQUEST, NOW)}
    for row in rows:
        tagged[row[0]].append(row)
    return tagged


# The columns of a row, in the order of `load._SHAPE`:
# 0 tag, 1 run, 2-6 texts, 7-10 instants, 11-18 integers, 19-22 flags, 23-24 bytes.


def header(row: Row) -> State:
    """A run without its children."""
    return State(
        namespace=row[2],
        workflow_id=row[3],
        run_id=row[1],
        workflow_type=row[4],
        task_queue=row[5],
        status=_STATUS[row[6]],
        started_at=row[7],
        closed_at=row[8],
        last_event_at=row[9],
        execution_timeout=None if row[11] is None else v.span(row[11]),
        last_event=row[12],
        turns=row[13],
        seen_through=row[14],
        wait_left=row[15],
        commands=row[16],
        signals_open=row[17],
        turn_due=row[19],
        cancel_requested=row[20],
        wait=v.wait_from(row[23]),
    )


def is_fresh(row: Row) -> bool:
    return bool(row[21])


def states(tagged: Rows) -> dict[str, State]:
    """The runs whose headers are fresh, with the children that came with them."""
    found = {row[1]: header(row) for row in tagged[HEADER] if is_fresh(row)}
    for row in tagged[TASK]:
        if row[1] in found:
            task = _task(row)
            found[row[1]].tasks[task.key] = task
    for row in tagged[ACTIVITY]:
        if row[1] in found:
            found[row[1]].activities[row[11]] = _activity(row)
    for row in tagged[TIMER]:
        if row[1] in found:
            found[row[1]].timers[row[11]] = UserTimer(number=row[11], command=row[12], due_at=row[7])
    for row in sorted(tagged[EVENT], key=lambda row: row[11]):
        if row[1] in found:
            found[row[1]].unseen.append(event_codec.decode(row[23]))
    return {run_id: _ordered(state) for run_id, state in found.items()}


def inbox(tagged: Rows) -> list[InboxEntry]:
    """In the order the entries were written.

    Raises:
        UnreadableEntries: see there.
    """
    return entries(InboxRow(row[11], row[1], row[12], row[23]) for row in sorted(tagged[INBOX], key=_number))


def _number(row: Row) -> int:
    return int(row[11])


def _ordered(state: State) -> State:
    """Children by number, as a state that was never stored has them: the order in which an end drops them."""
    if len(state.activities) > 1:
        state.activities = dict(sorted(state.activities.items()))
    if len(state.timers) > 1:
        state.timers = dict(sorted(state.timers.items()))
    return state


def _task(row: Row) -> TaskState:
    return TaskState(
        key=TaskKey(row[1], _KIND[row[11]], row[12], row[13]),
        created_at=row[7],
        delivery=row[14],
        lost=row[15],
        owner=row[2],
        claimed_at=row[8],
        lease_until=row[9],
        heartbeat_at=row[10],
    )


def _activity(row: Row) -> Activity:
    return Activity(
        number=row[11],
        command=row[12],
        activity_type=row[2],
        task_queue=row[3],
        scheduled_at=row[7],
        retry=None if row[23] is None else v.retry_from(row[23]),
        start_to_close=None if row[14] is None else v.span(row[14]),
        schedule_to_start=None if row[15] is None else v.span(row[15]),
        schedule_to_close=None if row[16] is None else v.span(row[16]),
        heartbeat_timeout=None if row[17] is None else v.span(row[17]),
        detached=row[19],
        cancel_requested=row[20],
        attempt=row[13],
        backing_off=row[21],
        last_failure=None if row[24] is None else v.failure_from(row[24]),
    )
