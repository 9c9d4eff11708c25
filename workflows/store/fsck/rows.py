"""Rows as they are stored, and the statements that read them: one per table, in the order of their runs.

Values come as either database gives them and leave as the kernel has them. Bytes stay bytes: what they hold is looked
at by the rules, which must not stumble over what they cannot read.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from dispatch.dialect import instant_of, run_id_of

Row = Sequence[Any]


class HeaderRow(NamedTuple):
    run_id: str
    namespace: str
    shard: int
    workflow_id: str
    workflow_type: str
    task_queue: str
    status: str
    started_at: datetime
    closed_at: datetime | None
    execution_timeout_us: int | None
    last_event: int
    last_event_at: datetime
    turns: int
    turn_due: bool
    seen_through: int
    wait: bytes
    wait_left: int
    commands: int
    cancel_requested: bool
    signals_open: int
    memo: bytes | None
    search_attributes: bytes | None


class EventRow(NamedTuple):
    run_id: str
    seq: int
    type: int
    data: bytes
    namespace: str
    shard: int


class ActivityRow(NamedTuple):
    run_id: str
    number: int
    namespace: str
    shard: int
    command: int
    activity_type: str
    task_queue: str
    scheduled_at: datetime
    retry: bytes | None
    start_to_close_us: int | None
    schedule_to_start_us: int | None
    schedule_to_close_us: int | None
    heartbeat_timeout_us: int | None
    detached: bool
    cancel_requested: bool
    attempt: int
    backing_off: bool
    last_failure: bytes | None


class TaskRow(NamedTuple):
    run_id: str
    kind: int
    number: int
    attempt: int
    namespace: str
    shard: int
    queue: str
    workflow_id: str
    created_at: datetime
    delivery: int
    lost: int
    owner: str | None
    session: str | None
    engine: str | None
    claimed_at: datetime | None
    lease_until: datetime | None
    start_to_close_us: int | None
    heartbeat_timeout_us: int | None
    heartbeat_at: datetime | None
    cancel_requested: bool


class TimerRow(NamedTuple):
    run_id: str
    kind: int
    number: int
    namespace: str
    shard: int
    due_at: datetime
    stamp: int


class InboxRow(NamedTuple):
    run_id: str
    id: int
    kind: int
    data: bytes
    namespace: str
    shard: int


AnyRow = HeaderRow | EventRow | ActivityRow | TaskRow | TimerRow | InboxRow


class Table(NamedTuple):
    """A table that is read in the order of its runs."""

    name: str
    row: type[Any]
    order: str
    fetch: int
    """Rows in hand at once: few where a row may hold megabytes."""

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.row._fields)


EXECUTIONS = Table("sched_executions", HeaderRow, "run_id", 500)
EVENTS = Table("sched_events", EventRow, "run_id, seq", 100)
ACTIVITIES = Table("sched_activities", ActivityRow, "run_id, number", 200)
TASKS = Table("sched_tasks", TaskRow, "run_id, kind, number, attempt", 500)
TIMERS = Table("sched_timers", TimerRow, "run_id, kind, number", 500)
INBOX = Table("sched_inbox", InboxRow, "run_id, id", 100)
TABLES = (EXECUTIONS, EVENTS, ACTIVITIES, TASKS, TIMERS, INBOX)

_INSTANTS = {
    "started_at", "closed_at", "last_event_at", "scheduled_at", "created_at", "claimed_at", "lease_until",
    "heartbeat_at", "due_at",
}  # fmt: skip
_FLAGS = {"turn_due", "cancel_requested", "detached", "backing_off"}
_BYTES = {"wait", "memo", "search_attributes", "retry", "last_failure", "data"}


def _instant(value: object) -> datetime | None:
    return None if value is None else instant_of(value)


def _bytes(value: Any) -> bytes | None:
    return None if value is None else bytes(value)


def _converter(column: str) -> Any:
    if column == "run_id":
        return run_id_of
    if column in _INSTANTS:
        return _instant
    if column in _FLAGS:
        return bool
    return _bytes if column in _BYTES else None


def converted(table: Table, row: Row) -> Any:
    """The typed row."""
    found = [
        value if convert is None else convert(value)
        for convert, value in zip(_CONVERT[table.name], row, strict=True)
    ]
    return table.row(*found)


_CONVERT = {table.name: [_converter(column) for column in table.columns] for table in TABLES}
