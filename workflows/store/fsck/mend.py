"""A run's rows made what its events say, in the transaction under way, whose lock of the header keeps everybody out.

What is right stays as it is, with its operations: leases, deliveries, heartbeats. What is written anew must not bring
an old worker's token back: tokens name a delivery, and a row that was lost may have had any. So such a task's
deliveries go on from the seconds since 2020, which no task reaches by counting, and which are more at each repair.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Model, QuerySet

from dispatch.models import Task
from timers.models import Timer
from workflows.core.keys import QueueKey, TaskKey, TaskKind, TaskRef, TimerKey
from workflows.core.transition import NewTimer
from workflows.models import Activity, Event, Execution, Inbox
from workflows.store.fsck import leases
from workflows.store.fsck.children import (
    activity_columns,
    is_task,
    is_timer,
    place_of,
    task_columns,
)
from workflows.store.fsck.due import Due, task_key, timer_key
from workflows.store.fsck.examined import Examined
from workflows.store.fsck.header import columns_of
from workflows.store.fsck.rows import TaskRow, TimerRow

DELIVERIES_SINCE = datetime(2020, 1, 1, tzinfo=UTC)


class Mending:
    """Writes for one run; remembers whom to wake."""

    def __init__(self, using: str, found: Examined, now: datetime) -> None:
        assert found.due is not None
        self._using = using
        self._found = found
        self._due: Due = found.due
        self._now = now
        self._run_id = found.rows.run_id
        namespace, shard = place_of(found.due)
        self._place: dict[str, Any] = {"namespace": namespace, "shard": shard}
        self.tasks: list[TaskRef] = []
        self.timers: list[NewTimer] = []

    def all(self) -> None:
        """The header is written whatever was wrong: by it, whoever loads the run meanwhile sees that it has changed."""
        columns = columns_of(self._found.history)
        self._write(Execution, {}, columns, exists=self._found.rows.header is not None)
        self._events()
        self._activities()
        self._tasks()
        self._timers()
        self._of_run(Inbox).update(**self._place)

    def _events(self) -> None:
        if self._found.history.places != {tuple(self._place.values())}:
            self._of_run(Event).update(**self._place)
        for number, kind in self._found.history.types.items():
            self._of_run(Event).filter(seq=number).update(type=kind)

    def _activities(self) -> None:
        rows, wanted = self._found.rows.activities, self._due.state.activities
        extra = rows.keys() - wanted.keys()
        self._of_run(Activity).filter(number__in=extra).delete()
        for number, activity in wanted.items():
            columns = activity_columns(activity) | self._place
            if not _says(rows.get(number), columns):
                self._write(Activity, {"number": number}, columns, exists=number in rows)

    def _tasks(self) -> None:
        there: dict[TaskKey, TaskRow] = {}
        for row in self._found.rows.tasks:
            if is_task(row) and task_key(row) in self._due.effects:
                there[task_key(row)] = row
            else:
                named = {"kind": row.kind, "number": row.number, "attempt": row.attempt}
                self._of_run(Task).filter(**named).delete()
        for key in self._due.effects:
            if isinstance(key, TaskKey):
                self._task(key, there.get(key))

    def _task(self, key: TaskKey, row: TaskRow | None) -> None:
        columns = task_columns(key, self._due) | self._place
        named = {"kind": int(key.kind), "number": key.number, "attempt": key.attempt}
        if row is None:
            begins = self._due.retry_at(key.number) if key.kind is TaskKind.ACTIVITY else None
            columns |= {"created_at": self._now, "visible_at": max(self._now, begins or self._now)}
            columns |= {"delivery": self._next_delivery()}
        elif leases.faults(row):
            columns |= self._released(row)
        elif _says(row, columns):
            return
        self._write(Task, named, columns, exists=row is not None)
        queue = QueueKey(self._place["namespace"], key.kind, str(columns["queue"]))
        self.tasks.append(TaskRef(key, queue))

    def _released(self, row: TaskRow) -> dict[str, Any]:
        """Nobody's; the next claim is a delivery that nobody has had."""
        free: dict[str, Any] = dict.fromkeys(
            ("owner", "session", "engine", "claimed_at", "lease_until", "heartbeat_at")
        )
        if row.delivery < 1 or not 0 <= row.lost <= row.delivery:
            free |= {"delivery": self._next_delivery(), "lost": max(0, min(row.lost, row.delivery))}
        return free

    def _next_delivery(self) -> int:
        return (self._now - DELIVERIES_SINCE) // timedelta(seconds=1)

    def _timers(self) -> None:
        there: dict[TimerKey, TimerRow] = {}
        for row in self._found.rows.timers:
            if is_timer(row) and timer_key(row) in self._due.effects | self._due.leftovers:
                there[timer_key(row)] = row
            else:
                self._of_run(Timer).filter(kind=row.kind, number=row.number).delete()
        wanted = {key for key in self._due.effects if isinstance(key, TimerKey)} | there.keys()
        for key in wanted:
            self._timer(key, there.get(key))

    def _timer(self, key: TimerKey, row: TimerRow | None) -> None:
        due_at = self._due.instant(key) or self._now
        if row is not None and self._due.allows(key, row.due_at):
            due_at = row.due_at
        columns = {"due_at": due_at, "stamp": self._due.stamp(key)} | self._place
        if not _says(row, columns):
            named = {"kind": int(key.kind), "number": key.number}
            self._write(Timer, named, columns, exists=row is not None)
            self.timers.append(NewTimer(key=key, due_at=due_at, stamp=self._due.stamp(key)))

    def _of_run(self, model: type[Model]) -> Any:
        return QuerySet(model, using=self._using).filter(run_id=self._run_id)

    def _write(
        self, model: type[Model], key: dict[str, Any], columns: dict[str, Any], *, exists: bool
    ) -> None:
        if exists:
            self._of_run(model).filter(**key).update(**columns)
        else:
            QuerySet(model, using=self._using).create(run_id=self._run_id, **key, **columns)


def remove_orphans(using: str, run_id: str) -> None:
    """All rows of a run that does not exist."""
    for model in (Activity, Task, Timer, Inbox):
        QuerySet(model, using=using).filter(run_id=run_id).delete()


def _says(row: Any, columns: dict[str, Any]) -> bool:
    return row is not None and all(getattr(row, name) == value for name, value in columns.items())
