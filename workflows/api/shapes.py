"""What callers are shown: values as JSON documents, in camelCase, with payloads as the bytes they are.

Spans are numbers of seconds, instants RFC 3339 in UTC. A payload that is no JSON (an encoding of its own, or a worker's
mistake) is shown as `{"encoding", "base64"}`. A caller who may not see payloads gets null in their place, and in
that of the messages and stack traces of failures, which tell of them; of problems of tasks the kind alone.
"""

import base64
import dataclasses
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any

import orjson

from workflows.api.body import is_json
from workflows.codec.events import Unknown
from workflows.core.events import Event
from workflows.core.keys import TaskKind
from workflows.core.values import Failure, Payload, RetryPolicy, Status, Wait
from workflows.store import reader

JSON_ENCODINGS = ("", "json/plain")
Document = dict[str, Any]


class Shapes:
    """Documents for one caller, who may see payloads or not."""

    def __init__(self, *, payloads: bool) -> None:
        self.payloads = payloads

    def payload(self, payload: Payload | None) -> object:
        """A JSON value, spliced in byte for byte."""
        if payload is None or not self.payloads:
            return None
        if payload.encoding in JSON_ENCODINGS and is_json(payload.data):
            return orjson.Fragment(payload.data)
        return {"encoding": payload.encoding, "base64": base64.b64encode(payload.data).decode()}

    def failure(self, failure: Failure | None) -> Document | None:
        """With the chain of its causes."""
        if failure is None:
            return None
        return {
            "kind": failure.kind.name,
            "type": failure.type,
            # Both are made of what code was handed, as a rule.
            "message": failure.message if self.payloads else None,
            "stackTrace": failure.stack_trace if self.payloads else None,
            "timeout": None if failure.timeout is None else failure.timeout.name,
            "nonRetryable": failure.non_retryable,
            "details": self.payload(failure.details),
            "cause": self.failure(failure.cause),
        }

    def problem(self, problem: str) -> str | None:
        """Of a task. Its kind alone, where payloads are hidden: the rest is a worker's traceback as a rule."""
        return reader.problem_shown(problem, payloads=self.payloads) or None

    def execution(self, execution: reader.Execution) -> Document:
        timeout = execution.execution_timeout
        return {
            "workflowId": execution.workflow_id,
            "runId": execution.run_id,
            "workflowName": execution.workflow_type,
            "taskQueue": execution.task_queue,
            "status": None if execution.status is None else execution.status.value,
            "startedAt": instant(execution.started_at),
            "closedAt": instant(execution.closed_at),
            "executionTimeoutSeconds": None if timeout is None else timeout.total_seconds(),
            "historyLength": execution.history_length,
            "cancelRequested": execution.cancel_requested,
            "memo": self.payload(execution.memo),
            "searchAttributes": self.payload(execution.search_attributes),
            "problem": self.problem(execution.problem),
        }

    def description(self, found: reader.Description) -> Document:
        return {
            **self.execution(found.execution),
            "input": self.payload(found.input),
            "result": self.payload(found.result),
            "failure": self.failure(found.failure),
            **self.withheld,
        }

    @property
    def withheld(self) -> Document:
        """Beside what payloads are a part of: whether null is what there is, or what the caller may see of it."""
        return {"payloadsHidden": not self.payloads}

    def pending(self, found: reader.Description) -> Document:
        task = found.workflow_task
        return {
            **self.withheld,
            "activities": [self._activity(each) for each in found.activities],
            "timers": [{"number": each.number, "dueAt": instant(each.due_at)} for each in found.timers],
            "signals": [
                {
                    "number": each.number,
                    "name": each.name,
                    "payload": self.payload(each.payload),
                    "receivedAt": instant(each.received_at),
                }
                for each in found.signals
            ],
            "workflowTask": None
            if task is None
            else {
                "turn": task.turn,
                "delivery": task.delivery,
                "worker": task.worker or None,
                "problem": self.problem(task.problem),
                "nextDeliveryAt": instant(task.next_delivery_at),
            },
        }

    def outcome(self, outcome: reader.Outcome) -> Document:
        return {
            "runId": outcome.run_id,
            "status": outcome.status.value,
            "result": self.payload(outcome.result),
            "failure": self.failure(outcome.failure),
            **self.withheld,
        }

    def event(self, event: Event | reader.Unreadable) -> Document:
        """`{number, type, time, attributes}`; attributes without a value are left out."""
        if isinstance(event, reader.Unreadable):
            attributes = {"typeNumber": event.type_number, "problem": event.problem}
            return {"number": event.number, "type": "Unreadable", "time": None, "attributes": attributes}
        return {
            "number": event.number,
            "type": "Unknown" if isinstance(event, Unknown) else type(event).__name__,
            "time": instant(event.at),
            "attributes": self.attributes(event),
        }

    def attributes(self, event: Event) -> Document:
        if isinstance(event, Unknown):
            return {"typeNumber": event.type_number}
        return self._fields(event, leave_out=("number", "at"))

    def _activity(self, activity: reader.PendingActivity) -> Document:
        return {
            "number": activity.number,
            "activityType": activity.activity_type,
            "taskQueue": activity.task_queue,
            "state": activity.state.value,
            "attempt": activity.attempt,
            "delivery": activity.delivery,
            "worker": activity.worker or None,
            "scheduledAt": instant(activity.scheduled_at),
            "startedAt": instant(activity.started_at),
            "heartbeatAt": instant(activity.heartbeat_at),
            "heartbeatDetails": self.payload(activity.heartbeat_details),
            "lastFailure": self.failure(activity.last_failure),
            "nextAttemptAt": instant(activity.next_attempt_at),
            "problem": self.problem(activity.problem),
        }

    def _fields(self, value: Any, leave_out: Collection[str] = ()) -> Document:
        document: Document = {}
        for field in dataclasses.fields(value):
            found = getattr(value, field.name)
            if field.name in leave_out or found is None or found == "":
                continue
            name = camel(field.name)
            document[f"{name}Seconds" if isinstance(found, timedelta) else name] = self._value(
                field.name, found
            )
        return document

    def _value(self, name: str, value: Any) -> object:
        match value:
            case Payload():
                return self.payload(value)
            case Failure():
                return self.failure(value)
            case Wait() | RetryPolicy():
                return self._fields(value)
            case timedelta():
                return value.total_seconds()
            case Enum():
                return value.name
            case frozenset():
                return sorted(value)
            case tuple() if name == "headers":
                return dict(value)
        return value


def queues(
    loads: Sequence[reader.QueueLoad], workers: Sequence[reader.Worker], now: datetime
) -> list[Document]:
    """Each kind of work on each queue that has any, or workers for it."""
    by_queue = {(load.queue, load.kind): load for load in loads}
    serving: dict[tuple[str, TaskKind], list[reader.Worker]] = {}
    for each in workers:
        serving.setdefault((each.queue, each.kind), []).append(each)
    return [
        {
            "taskQueue": name,
            "kind": kind.name,
            **_load(by_queue.get((name, kind)), now),
            "workers": len(serving.get((name, kind), ())),
            "slots": sum(each.slots for each in serving.get((name, kind), ())),
        }
        for name, kind in sorted(by_queue.keys() | serving.keys())
    ]


def _load(load: reader.QueueLoad | None, now: datetime) -> Document:
    if load is None:
        return {"backlog": 0, "oldestAgeSeconds": None, "inFlight": 0}
    age = None if load.oldest_at is None else max(0.0, (now - load.oldest_at).total_seconds())
    return {"backlog": load.backlog, "oldestAgeSeconds": age, "inFlight": load.in_flight}


def worker(found: reader.Worker) -> Document:
    """A worker on one queue."""
    return {
        "identity": found.identity,
        "taskQueue": found.queue,
        "kind": found.kind.name,
        "types": list(found.types),
        "build": found.build or None,
        "slots": found.slots,
        "inFlight": found.in_flight,
        "streaming": found.streaming,
        "connectedAt": instant(found.connected_at),
        "engine": found.engine,
    }


def series(window: str, found: reader.Series) -> Document:
    """Points of charts, oldest first."""
    return {
        "window": window,
        "bucketSeconds": found.width // timedelta(seconds=1),
        "approximate": found.approximate,
        "buckets": [
            {
                "at": instant(each.at),
                "started": each.started,
                "completed": each.completed,
                "failed": each.failed,
                "otherEnds": each.other_ends,
                "meanDurationSeconds": _seconds(each.mean),
                "p50DurationSeconds": _seconds(each.p50),
                "p95DurationSeconds": _seconds(each.p95),
            }
            for each in found.buckets
        ],
    }


def _seconds(span: timedelta | None) -> float | None:
    return None if span is None else span.total_seconds()


def totals(found: reader.Totals) -> Document:
    return {
        "byStatus": counts(found.by_status),
        "byType": dict(found.by_type),
        "averageDurationSeconds": _seconds(found.average_duration),
    }


def counted(found: reader.Counts) -> Document:
    """Of those that filters let through; whether some were scaled from a sample is told beside them."""
    return {**counts(found.by_status), "approximate": found.approximate}


def counts(by_status: Mapping[Status, int]) -> dict[str, int]:
    return {status.value: count for status, count in by_status.items()}


def instant(at: datetime | None) -> str | None:
    """RFC 3339 with microseconds, which orders events."""
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)
