"""The calls of a workflow's context, from arguments to commands: checked, filled with what is declared, encoded."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypedDict

from sched_sdk import converter
from sched_sdk.arguments import check_options
from sched_sdk.durations import Duration, optional_microseconds
from sched_sdk.errors import ArgumentError
from sched_sdk.proto.v1 import worker_pb2
from sched_sdk.registry import ActivityDefinition, Registry, check_identifier, check_retry
from sched_sdk.retry import RetryPolicy

START_TO_CLOSE_DEFAULT_US = dt.timedelta(minutes=10) // dt.timedelta(microseconds=1)
"""Of function-style activities where neither the call nor the registration says otherwise."""

_LIMITS = tuple(
    (limit, f"{limit}_us")
    for limit in ("start_to_close", "schedule_to_start", "schedule_to_close", "heartbeat_timeout")
)
"""Names of options, and of what they become in the command and in a declaration."""


class ActivityOptions(TypedDict, total=False):
    """What a call says about one activity; what it leaves out is what the activity's registration here declares."""

    queue: str | None
    retry: RetryPolicy | None
    start_to_close: Duration | None
    schedule_to_start: Duration | None
    schedule_to_close: Duration | None
    heartbeat_timeout: Duration | None


def schedule_command(
    registry: Registry,
    activity: str | Callable[..., Any],
    value: object,
    *,
    detached: bool,
    headers: Mapping[str, str],
    options: ActivityOptions,
) -> worker_pb2.ScheduleActivity:
    """The command that schedules `activity`, still without its index.

    Raises:
        ArgumentError: A bad name, queue, duration or retry; the message names field, value and rule.
        PayloadError: An input that is no JSON value.
        TypeError: An option that does not exist.
    """
    check_options(options, ActivityOptions)
    name = registry.activity_name(activity)
    command = worker_pb2.ScheduleActivity(
        activity_type=name,
        input=converter.encode_optional(value, field=f"input of {name}"),
        detached=detached,
    )
    if headers:
        command.headers.update(headers)
    if options:
        _fill_given(command, options)
    declared = registry.activities.get(name)
    if declared is not None:
        _fill_declared(command, declared)
    if not command.start_to_close_us:
        command.start_to_close_us = START_TO_CLOSE_DEFAULT_US
    return command


def _fill_given(command: worker_pb2.ScheduleActivity, options: ActivityOptions) -> None:
    queue = options.get("queue")
    if queue is not None:
        command.task_queue = check_identifier(queue, field="queue")
    retry = check_retry(options.get("retry"))
    if retry is not None:
        command.retry.CopyFrom(retry.to_proto())
    for limit, field in _LIMITS:
        setattr(command, field, optional_microseconds(options.get(limit), field=limit))


def _fill_declared(command: worker_pb2.ScheduleActivity, declared: ActivityDefinition) -> None:
    """Where the call says nothing."""
    if declared.queue and not command.task_queue:
        command.task_queue = declared.queue
    for _, field in _LIMITS:
        microseconds = getattr(declared, field)
        if microseconds and not getattr(command, field):
            setattr(command, field, microseconds)
    if declared.retry is not None and not command.HasField("retry"):
        command.retry.CopyFrom(declared.retry.to_proto())


def check_signal_name(name: object) -> str | None:
    """`name`, if signals can have it, or None."""
    return None if name is None else check_identifier(name, field="name")


def check_handles(handles: Iterable[Any], kind: type, owner: object, *, field: str) -> list[Any]:
    """`handles` as a list, if each is a handle of this run."""
    try:
        found: list[Any] = list(handles)
    except TypeError:
        raise ArgumentError(field, handles, "must be a sequence of handles") from None
    for handle in found:
        if not isinstance(handle, kind) or getattr(handle, "_context", None) is not owner:
            raise ArgumentError(
                field, handle, "must be a handle of this workflow's queue_activity or start_timer"
            )
    return found
