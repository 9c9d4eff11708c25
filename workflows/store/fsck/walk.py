"""All rows of a database, run by run: streams in the order of the run's id, walked side by side.

In hand is one run at a time, and of its history one event: a statement for each table, whatever the number of runs.
A run is whatever any row names, so rows whose run does not exist turn up by themselves.
"""

# ruff: noqa: S608 - put together from constants; values are parameters

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from workflows.store.fsck.finding import Scope
from workflows.store.fsck.rows import (
    ACTIVITIES,
    EVENTS,
    EXECUTIONS,
    INBOX,
    TABLES,
    TASKS,
    TIMERS,
    ActivityRow,
    EventRow,
    HeaderRow,
    InboxRow,
    Table,
    TaskRow,
    TimerRow,
    converted,
)
from workflows.store.fsck.source import Source

_OF_WORKFLOW_ID = """run_id IN (SELECT run_id FROM sched_executions WHERE namespace = %s AND workflow_id = %s
    UNION SELECT run_id FROM sched_current_runs WHERE namespace = %s AND workflow_id = %s
    UNION SELECT run_id FROM sched_requests WHERE namespace = %s AND workflow_id = %s)"""


@dataclass(slots=True, kw_only=True)
class RunRows:
    """A run. `events` and `inbox` can be read once, and must be before the next run is asked for."""

    run_id: str
    header: HeaderRow | None
    events: Iterator[EventRow]
    inbox: Iterator[InboxRow]
    activities: dict[int, ActivityRow] = field(default_factory=dict)
    tasks: list[TaskRow] = field(default_factory=list)
    timers: list[TimerRow] = field(default_factory=list)


class _Stream:
    """A table's rows, with the next one in sight."""

    def __init__(self, source: Source, table: Table, scope: Scope) -> None:
        where, parameters = _condition(source, scope)
        sql = f"SELECT {', '.join(table.columns)} FROM {table.name} {where} ORDER BY {table.order}"
        self._rows = source.stream(sql, parameters, table.fetch)
        self._table = table
        self.next: Any = None
        self._advance()

    def take(self, run_id: str) -> Iterator[Any]:
        """The rows of a run, which must be the next."""
        while self.next is not None and self.next.run_id == run_id:
            row = self.next
            self._advance()
            yield row

    def _advance(self) -> None:
        row = next(self._rows, None)
        self.next = None if row is None else converted(self._table, row)


def runs(source: Source, scope: Scope) -> Iterator[RunRows]:
    """Every run of the scope, in the order of their ids."""
    streams = {table: _Stream(source, table, scope) for table in TABLES}
    while heads := [stream.next.run_id for stream in streams.values() if stream.next is not None]:
        run_id = min(heads)
        events, inbox = streams[EVENTS].take(run_id), streams[INBOX].take(run_id)
        yield RunRows(
            run_id=run_id,
            header=next(streams[EXECUTIONS].take(run_id), None),
            events=events,
            inbox=inbox,
            activities={row.number: row for row in streams[ACTIVITIES].take(run_id)},
            tasks=list(streams[TASKS].take(run_id)),
            timers=list(streams[TIMERS].take(run_id)),
        )
        deque(chain(events, inbox), maxlen=0)  # whatever was not looked at


def _condition(source: Source, scope: Scope) -> tuple[str, list[Any]]:
    conditions: list[str] = []
    parameters: list[Any] = []
    if scope.run_id:
        conditions.append("run_id = %s")
        parameters.append(source.dialect.run_id(scope.run_id))
    if scope.workflow_id:
        conditions.append(_OF_WORKFLOW_ID)
        parameters += [scope.namespace, scope.workflow_id] * 3
    if scope.after:
        conditions.append("run_id > %s")
        parameters.append(source.dialect.run_id(scope.after))
    return ("WHERE " + " AND ".join(conditions) if conditions else ""), parameters
