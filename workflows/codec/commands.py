"""A worker's turn: the commands and waits of a proto `Turn` as the kernel's."""

from collections.abc import Callable
from typing import Any

from sched_sdk.proto.v1 import worker_pb2 as pb

from workflows.codec import values as v
from workflows.core import commands as c
from workflows.core.commands import Command
from workflows.core.inputs import TurnCompleted
from workflows.core.keys import TaskKey
from workflows.core.values import Payload


class UnknownCommand(ValueError):
    """The worker is newer than this engine, or the message is broken; the message says which command."""


def turn_of(
    turn: pb.Turn, *, key: TaskKey, delivery: int, identity: str = "", build: str = ""
) -> TurnCompleted:
    """The kernel's input for a worker's answer to a workflow task.

    Raises:
        UnknownCommand: a command without content, or of a kind that is not known here.
    """
    return TurnCompleted(
        key=key,
        delivery=delivery,
        seen_through=turn.seen_through,
        commands=commands_of(turn),
        wait=v.wait_from(turn.wait.SerializeToString()),
        signals_taken=tuple(turn.signals_taken),
        identity=identity,
        build=build,
    )


def commands_of(turn: pb.Turn) -> tuple[Command, ...]:
    """All commands of a turn, in order."""
    return tuple(_command(position, message) for position, message in enumerate(turn.commands))


def _command(position: int, message: pb.Command) -> Command:
    name = message.WhichOneof("command")
    if name is None:
        raise UnknownCommand(f"turn.commands[{position}]: empty: must be a command that this engine knows")
    return _TABLE[name](getattr(message, name))


def _schedule(m: pb.ScheduleActivity) -> c.ScheduleActivity:
    return c.ScheduleActivity(
        command=m.command,
        activity_type=m.activity_type,
        task_queue=m.task_queue,
        input=_payload(m, "input"),
        retry=v.retry_of(m.retry) if m.HasField("retry") else None,
        start_to_close=v.span_or_none(m.start_to_close_us),
        schedule_to_start=v.span_or_none(m.schedule_to_start_us),
        schedule_to_close=v.span_or_none(m.schedule_to_close_us),
        heartbeat_timeout=v.span_or_none(m.heartbeat_timeout_us),
        detached=m.detached,
        headers=v.pairs_of(m.headers),
    )


def _start_timer(m: pb.StartTimer) -> c.StartTimer:
    return c.StartTimer(command=m.command, duration=v.span(m.duration_us), signal_wait=m.signal_wait)


def _payload(message: Any, field: str) -> Payload | None:
    return v.payload_of(getattr(message, field)) if message.HasField(field) else None


_TABLE: dict[str, Callable[[Any], Command]] = {
    "schedule_activity": _schedule,
    "start_timer": _start_timer,
    "cancel_activity": lambda m: c.CancelActivity(command=m.command),
    "cancel_timer": lambda m: c.CancelTimer(command=m.command),
    "complete_workflow": lambda m: c.CompleteWorkflow(result=_payload(m, "result")),
    "fail_workflow": lambda m: c.FailWorkflow(failure=v.failure_of(m.failure)),
    "cancel_workflow": lambda m: c.CancelWorkflow(details=_payload(m, "details")),
}
