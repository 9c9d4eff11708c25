"""Histories as text, and turns as text: what the tests of replay are written in.

A history: `WS("world"), Y, AS0(SayHello), AC0=1, Y@4, TS1, TF1, SR(go="now"), WCR`. The number after AS, TS, AC and
the like is the command's index. `Y@4` has seen event 4; a bare `Y` all before it. Events are a second apart.
A turn: `AS0(SayHello) TS1(2) -> any 0 1`: its commands, what it waits for (`*`: any signal), the signals it took.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from sched_sdk import converter
from sched_sdk.proto.v1 import common_pb2, history_pb2, worker_pb2
from sched_sdk.registry import Registry
from sched_sdk.replay import TaskInfo, TurnResult, check_history, run_turn

HistoryEvent = history_pb2.HistoryEvent

RUN_ID = "0194a1b2-0000-7000-8000-000000000001"
EPOCH_US = 1_750_000_000_000_000
SECOND_US = 1_000_000

_TOKEN = re.compile(r"(?P<name>[A-Z]+)(?P<index>\d*)(?:@(?P<seen>\d+))?(?P<rest>.*)\Z", re.DOTALL)


def history(text: str) -> list[HistoryEvent]:
    """The events that `text` tells."""
    events: list[HistoryEvent] = []
    for token in _split(text):
        found = _TOKEN.match(token)
        assert found, token
        event = HistoryEvent(number=len(events) + 1, time_us=EPOCH_US + len(events) * SECOND_US)
        _MAKE[found["name"]](event, found, found["rest"])
        events.append(event)
    return events


class Code:
    """One workflow function, to be run over histories."""

    def __init__(self, function: Callable[..., Any], registry: Registry | None = None) -> None:
        self.registry = registry or Registry()
        self.registry.workflow("Tested")(function)
        self.definition = self.registry.workflows["Tested"]

    def turn(self, text: str, *, seen: int | None = None) -> TurnResult:
        """The answer to a task with that history."""
        events = history(text)
        info = TaskInfo(seen_through=len(events) if seen is None else seen)
        return run_turn(self.definition, events, registry=self.registry, info=info)

    def says(self, text: str, *, seen: int | None = None) -> str:
        """The answer, as text."""
        return told(self.turn(text, seen=seen))

    def check(self, text: str) -> None:
        """Replays the recorded turns."""
        check_history(self.definition, history(text), registry=self.registry)


def told(result: TurnResult) -> str:
    """A turn, or a task that goes back, as text."""
    if isinstance(result, worker_pb2.Returned):
        reason = worker_pb2.ReturnReason.Name(result.reason).removeprefix("RETURN_REASON_")
        return f"{reason}: {result.details}"
    parts = [command_text(command) for command in result.commands]
    if result.HasField("wait"):
        parts += ["->", wait_text(result.wait)]
    if result.signals_taken:
        parts += ["took", *map(str, result.signals_taken)]
    return " ".join(parts)


def wait_text(wait: history_pb2.Wait) -> str:
    """`any 0 1 go *` or `all 0 1`."""
    names = ["all" if wait.all else "any", *map(str, wait.commands), *wait.signals]
    return " ".join(names + ["*"] * wait.any_signal)


def command_text(command: worker_pb2.Command) -> str:
    """A command with the short name of the event that it becomes; CA is a CancelActivity."""
    kind = command.WhichOneof("command")
    if kind == "schedule_activity":
        return f"AS{command.schedule_activity.command}({command.schedule_activity.activity_type})"
    if kind == "start_timer":
        return f"TS{command.start_timer.command}({command.start_timer.duration_us / 1e6:g})"
    if kind == "cancel_activity":
        return f"CA{command.cancel_activity.command}"
    if kind == "cancel_timer":
        return f"TX{command.cancel_timer.command}"
    if kind == "complete_workflow":
        return f"WC={command.complete_workflow.result.data.decode()}"
    if kind == "fail_workflow":
        failure = command.fail_workflow.failure
        return f"WF({failure.type}: {failure.message})"
    return "WX"


def _split(text: str) -> list[str]:
    """At commas outside of brackets and quotes."""
    parts, depth, quoted, start = [], 0, False, 0
    for place, character in enumerate(text):
        quoted ^= character == '"'
        depth += (character in "([{") - (character in ")]}") if not quoted else 0
        if character == "," and not depth and not quoted:
            parts.append(text[start:place].strip())
            start = place + 1
    return [*parts, text[start:].strip()]


def _payload(text: str) -> common_pb2.Payload | None:
    return converter.encode(json.loads(text)) if text else None


def _failure(text: str, kind: common_pb2.FailureKind) -> common_pb2.Failure:
    """`!ValueError: no stock`."""
    name, _, message = text.removeprefix("!").partition(": ")
    return common_pb2.Failure(kind=kind, type=name, message=message)


def _ws(event: HistoryEvent, _found: Any, rest: str) -> None:
    event.workflow_execution_started.CopyFrom(
        history_pb2.WorkflowExecutionStarted(
            workflow_id="order-1",
            run_id=RUN_ID,
            workflow_type="Tested",
            task_queue="default",
            input=_payload(rest[1:-1]),
        )
    )


def _y(event: HistoryEvent, found: Any, _rest: str) -> None:
    event.workflow_task_completed.seen_through = int(found["seen"] or event.number - 1)


def _as(event: HistoryEvent, found: Any, rest: str) -> None:
    event.activity_task_scheduled.command = int(found["index"])
    event.activity_task_scheduled.activity_type, _, queue = rest[1:-1].partition("@")
    event.activity_task_scheduled.task_queue = queue or "default"


def _ac(event: HistoryEvent, found: Any, rest: str) -> None:
    event.activity_task_completed.command = int(found["index"])
    if rest:
        event.activity_task_completed.result.CopyFrom(converter.encode(json.loads(rest[1:])))


def _af(event: HistoryEvent, found: Any, rest: str) -> None:
    failure = _failure(rest or "!ValueError: no", common_pb2.FAILURE_KIND_APPLICATION)
    event.activity_task_failed.CopyFrom(
        history_pb2.ActivityTaskFailed(command=int(found["index"]), attempt=3, failure=failure)
    )


def _ato(event: HistoryEvent, found: Any, _rest: str) -> None:
    failure = common_pb2.Failure(
        kind=common_pb2.FAILURE_KIND_TIMEOUT,
        timeout=common_pb2.TIMEOUT_KIND_START_TO_CLOSE,
        message="too slow",
    )
    event.activity_task_timed_out.CopyFrom(
        history_pb2.ActivityTaskTimedOut(command=int(found["index"]), attempt=1, failure=failure)
    )


def _ax(event: HistoryEvent, found: Any, rest: str) -> None:
    """`AX0~` is the answer of a worker, `AX0` the engine's own."""
    event.activity_task_canceled.command = int(found["index"])
    event.activity_task_canceled.identity = "worker" if rest == "~" else ""


def _sr(event: HistoryEvent, _found: Any, rest: str) -> None:
    name, _, payload = rest[1:-1].partition("=")
    event.signal_received.name = name
    if payload:
        event.signal_received.payload.CopyFrom(converter.encode(json.loads(payload)))


def _wcr(event: HistoryEvent, _found: Any, rest: str) -> None:
    event.workflow_execution_cancel_requested.reason = rest[1:-1]


def _wf(event: HistoryEvent, _found: Any, rest: str) -> None:
    kind = common_pb2.FAILURE_KIND_LIMIT if rest == "(limit)" else common_pb2.FAILURE_KIND_APPLICATION
    event.workflow_execution_failed.failure.kind = kind


def _plain(field: str) -> Callable[[HistoryEvent, Any, str], None]:
    def make(event: HistoryEvent, found: Any, _rest: str) -> None:
        attributes = getattr(event, field)
        attributes.SetInParent()
        if found["index"]:
            attributes.command = int(found["index"])

    return make


_MAKE: dict[str, Callable[[HistoryEvent, Any, str], None]] = {
    "WS": _ws,
    "WC": _plain("workflow_execution_completed"),
    "WF": _wf,
    "WX": _plain("workflow_execution_canceled"),
    "WT": _plain("workflow_execution_terminated"),
    "WTO": _plain("workflow_execution_timed_out"),
    "WCR": _wcr,
    "Y": _y,
    "AS": _as,
    "AC": _ac,
    "AF": _af,
    "AX": _ax,
    "ATO": _ato,
    "AR": _plain("activity_task_retry_scheduled"),
    "ACR": _plain("activity_task_cancel_requested"),
    "TS": _plain("timer_started"),
    "TF": _plain("timer_fired"),
    "TX": _plain("timer_canceled"),
    "SR": _sr,
}
