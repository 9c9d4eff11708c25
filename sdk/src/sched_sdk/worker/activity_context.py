"""What an activity function receives as its first argument: who it is, its heartbeats, its logger."""

import datetime as dt
import functools
from dataclasses import dataclass
from typing import Any

from sched_sdk import converter
from sched_sdk.errors import Cancelled
from sched_sdk.logs import FieldLogger, component_logger
from sched_sdk.proto.v1.history_pb2 import ActivityTaskScheduled
from sched_sdk.proto.v1.worker_pb2 import ActivityTask
from sched_sdk.worker.pulse import Pulse


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityInfo:
    """Which attempt this is.

    Attributes:
        activity_id: Number of the event that scheduled it; with `run_id` it names the activity, and makes a good
            idempotency key: every attempt and delivery has the same.
        attempt: Counts failures, from 1.
        delivery: Counts workers that were given this attempt, from 1.
    """

    workflow_id: str
    run_id: str
    workflow_type: str
    activity_type: str
    activity_id: int
    attempt: int
    delivery: int
    task_queue: str
    start_to_close: dt.timedelta | None
    heartbeat_timeout: dt.timedelta | None

    @classmethod
    def of(cls, task: ActivityTask, scheduled: ActivityTaskScheduled) -> "ActivityInfo":
        """What a task and the event that scheduled it say."""
        return cls(
            workflow_id=task.workflow_id,
            run_id=task.run_id,
            workflow_type=task.workflow_type,
            activity_type=scheduled.activity_type,
            activity_id=task.scheduled,
            attempt=task.attempt,
            delivery=task.delivery,
            task_queue=task.task_queue,
            start_to_close=_limit(scheduled.start_to_close_us),
            heartbeat_timeout=_limit(scheduled.heartbeat_timeout_us),
        )


class ActivityContext:
    """An activity's side of its attempt. Usable from any thread."""

    def __init__(
        self, task: ActivityTask, scheduled: ActivityTaskScheduled, pulse: Pulse, heartbeat_details: Any
    ) -> None:
        self._task = task
        self._scheduled = scheduled
        self._pulse = pulse
        self._heartbeat_details = heartbeat_details

    @functools.cached_property
    def info(self) -> ActivityInfo:
        """Which attempt of which activity this is."""
        return ActivityInfo.of(self._task, self._scheduled)

    @functools.cached_property
    def logger(self) -> FieldLogger:
        """A logger whose lines name workflow, run, activity and attempt."""
        return activity_logger(self.info)

    @property
    def heartbeat_details(self) -> Any:
        """What the attempt or delivery before reported last; None if it reported nothing."""
        return self._heartbeat_details

    @property
    def cancel_requested(self) -> bool:
        """Whether this activity is asked to stop, for code that would rather look than be interrupted."""
        return self._pulse.must_stop

    def heartbeat(self, details: object = None) -> None:
        """Say that the activity lives and, with `details` (any JSON value), how far it has got.

        Cheap: it never waits for the network, and reports are thinned out on their way; the last one always arrives.
        The lease is renewed without it; an activity with a heartbeat timeout must call it more often than that.

        Raises:
            Cancelled: The workflow cancelled this activity or has ended, or the task is no longer this worker's.
            PayloadError: The details have no JSON form, or are too large.
        """
        self._pulse.report(converter.encode_optional(details, field="details"))
        if self._pulse.must_stop:
            raise Cancelled("lost" if self._pulse.lost else "cancel requested")


def activity_logger(info: ActivityInfo) -> FieldLogger:
    """A logger with the fields of one attempt."""
    base = component_logger("activity")
    return FieldLogger(
        base.logger,
        {
            **(base.extra or {}),
            "workflow_id": info.workflow_id,
            "run_id": info.run_id,
            "workflow_type": info.workflow_type,
            "activity_id": info.activity_id,
            "activity_type": info.activity_type,
            "attempt": info.attempt,
        },
    )


def _limit(microseconds: int) -> dt.timedelta | None:
    return dt.timedelta(microseconds=microseconds) if microseconds else None
