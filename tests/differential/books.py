"""What is to be stored of one run, from its transitions alone, as rows by column."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from tests.differential.rows import Row, Rows
from tests.laws.record import Run
from workflows.codec import events as event_codec
from workflows.codec import values as v
from workflows.core.events import WorkflowExecutionStarted
from workflows.core.keys import QueueKey, TaskKey, shard_of
from workflows.core.state import Activity
from workflows.core.transition import NewTask, ReleasedTask, StoppingTask, TaskDelta, Transition

UNHELD = ("owner", "session", "engine", "claimed_at", "lease_until", "heartbeat_at")
OPERATIONS = ("delivery", "lost", "owner", "claimed_at", "lease_until", "heartbeat_at")
"""What the kernel is shown of a task's row."""


@dataclass(slots=True, kw_only=True)
class Book(Run):
    """A run as the kernel left it, and its rows."""

    task_rows: dict[TaskKey, Row] = field(default_factory=dict)
    details: dict[int, bytes] = field(default_factory=dict)
    """By activity: the heartbeat details of attempts that failed."""

    def copied(self) -> "Book":
        return replace(
            self,
            state=self.state.fork(),
            history=list(self.history),
            tasks=set(self.tasks),
            timers=dict(self.timers),
            seen=dict(self.seen),
            signals_taken=set(self.signals_taken),
            task_rows={key: dict(row) for key, row in self.task_rows.items()},
            details=dict(self.details),
        )

    def write(self, done: Transition) -> None:
        """Apply a transition."""
        Run.write(self, done)
        for number in done.activities:
            self._keep_details(number)
        for key, delta in done.tasks.items():
            self._task(key, delta)

    def operate(self, key: TaskKey, row: Row) -> None:
        """A task's operations have changed: the kernel sees them with its next input."""
        shown = {name: row[name] for name in OPERATIONS}
        self.state.tasks[key] = replace(self.state.tasks[key], **shown)

    def give_up(self, row: Row, visible_at: datetime, problem: str | None) -> None:
        """A task's row without its holder."""
        row |= dict.fromkeys(UNHELD) | {"visible_at": visible_at, "problem": problem or row["problem"]}

    def queue(self, key: TaskKey) -> QueueKey:
        return QueueKey(self.state.namespace, key.kind, self.task_rows[key]["queue"])

    def place(self) -> Row:
        """What every row carries, and its key."""
        state = self.state
        shard = shard_of(state.workflow_id)
        return {
            "namespace": state.namespace, "shard": shard, "run_id": state.run_id, "workflow_id": state.workflow_id,
        }  # fmt: skip

    def rows(self) -> Rows:
        run_id, place = self.state.run_id, self.place()
        del place["workflow_id"]
        return {
            "sched_executions": {(run_id,): self._header()},
            "sched_events": {(run_id, event.number): place | _event(event) for event in self.history},
            "sched_activities": {
                (run_id, number): place
                | _activity(activity)
                | {"heartbeat_details": self.details.get(number)}
                for number, activity in self.state.activities.items()
            },
            "sched_timers": {
                (run_id, int(key.kind), key.number): place
                | {"kind": int(key.kind), "number": key.number, "due_at": timer.due_at, "stamp": timer.stamp}
                for key, timer in self.timers.items()
            },
            "sched_tasks": {(run_id, *map(int, key[1:])): _in_us(row) for key, row in self.task_rows.items()},
        }

    def _header(self) -> Row:
        state, start = self.state, self.history[0]
        assert isinstance(start, WorkflowExecutionStarted)
        same = (
            "workflow_type", "task_queue", "started_at", "closed_at", "last_event", "last_event_at", "turns",
            "turn_due", "seen_through", "wait_left", "commands", "cancel_requested", "signals_open",
        )  # fmt: skip
        return (
            self.place()
            | {name: getattr(state, name) for name in same}
            | {
                "status": state.status.value,
                "execution_timeout_us": _us(state.execution_timeout),
                "wait": v.wait_bytes(state.wait),
                "memo": None if start.memo is None else v.payload_bytes(start.memo),
                "search_attributes": None
                if start.search_attributes is None
                else v.payload_bytes(start.search_attributes),
                "state_version": 1,
                "problem": None,
            }
        )

    def _keep_details(self, number: int) -> None:
        """An attempt has failed: what it last told is for the next one."""
        activity = self.state.activities.get(number)
        if activity is None:
            self.details.pop(number, None)
        elif activity.backing_off:
            failed = self.task_rows.get(activity.task_key(self.state.run_id))
            if failed is not None and failed["heartbeat_details"] is not None:
                self.details[number] = failed["heartbeat_details"]

    def _task(self, key: TaskKey, delta: TaskDelta) -> None:
        match delta:
            case None:
                self.task_rows.pop(key, None)
            case NewTask():
                details = self.details.get(key.number) if key.attempt > 1 else None
                self.task_rows[key] = self._new_task(key, delta) | {"heartbeat_details": details}
            case ReleasedTask():
                self.task_rows[key]["lost"] = delta.lost
                self.give_up(self.task_rows[key], delta.visible_at, delta.problem)
            case StoppingTask():
                self.task_rows[key]["cancel_requested"] = True

    def _new_task(self, key: TaskKey, task: NewTask) -> Row:
        return (
            self.place()
            | dict.fromkeys((*UNHELD, "problem", "sticky_engine"))
            | {
                "kind": int(key.kind),
                "number": key.number,
                "attempt": key.attempt,
                "queue": task.ref.queue.queue,
                "created_at": task.created_at,
                "visible_at": task.created_at,
                "delivery": 0,
                "lost": 0,
                "start_to_close": task.start_to_close,
                "heartbeat_timeout": task.heartbeat_timeout,
                "cancel_requested": False,
            }
        )


def _event(event: Any) -> Row:
    data, kind = event_codec.encode(event), event_codec.type_number(event)
    return {"seq": event.number, "type": kind, "data": data}


def _activity(activity: Activity) -> Row:
    same = (
        "number", "command", "activity_type", "task_queue", "scheduled_at", "detached", "cancel_requested",
        "attempt", "backing_off",
    )  # fmt: skip
    spans = ("start_to_close", "schedule_to_start", "schedule_to_close", "heartbeat_timeout")
    return (
        {name: getattr(activity, name) for name in same}
        | {f"{name}_us": _us(getattr(activity, name)) for name in spans}
        | {
            "retry": None if activity.retry is None else v.retry_bytes(activity.retry),
            "last_failure": None if activity.last_failure is None else v.failure_bytes(activity.last_failure),
        }
    )


def _in_us(row: Row) -> Row:
    spans = ("start_to_close", "heartbeat_timeout")
    return {
        f"{name}_us" if name in spans else name: _us(value) if name in spans else value
        for name, value in row.items()
    }


def _us(span: timedelta | None) -> int | None:
    return None if span is None else v.span_us(span)
