"""Histories as text: `WS, Y, AS, {AC, TF}, 200 AC, WC`.

The names are those of the scenarios. Braces hold events in any order; a number before a name repeats it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from google.protobuf.message import Message
from sched_sdk.proto.v1.history_pb2 import HistoryEvent

SHORT = {
    "workflow_execution_started": "WS",
    "workflow_execution_completed": "WC",
    "workflow_execution_failed": "WF",
    "workflow_execution_timed_out": "WTO",
    "workflow_execution_cancel_requested": "WCR",
    "workflow_execution_canceled": "WX",
    "workflow_execution_terminated": "WT",
    "workflow_task_completed": "Y",
    "activity_task_scheduled": "AS",
    "activity_task_completed": "AC",
    "activity_task_failed": "AF",
    "activity_task_canceled": "AX",
    "activity_task_timed_out": "ATO",
    "activity_task_retry_scheduled": "AR",
    "activity_task_cancel_requested": "ACR",
    "timer_started": "TS",
    "timer_fired": "TF",
    "timer_canceled": "TX",
    "signal_received": "SR",
}
TOKEN = re.compile(r"\{([^{}]*)\}|(\d+)\s+([A-Z]+)|([A-Z]+)")
# What differs from run to run, and from worker to worker.
VOLATILE = frozenset(
    {
        "workflow_id", "run_id", "request_id", "identity", "headers", "build", "delivery", "seen_through", "scheduled",
        "started", "signals_taken", "stack_trace", "task_queue",
    }
)  # fmt: skip

type Group = Counter[str]


def parse(pattern: str) -> list[Group]:
    """The groups of a pattern, in order; what is in one may come in any order."""
    groups: list[Group] = []
    for match in TOKEN.finditer(pattern):
        braces, times, repeated, single = match.groups()
        if braces is not None:
            groups.append(Counter(name for group in parse(braces) for name in group.elements()))
        elif repeated:
            groups.append(Counter({repeated: int(times)}))
        else:
            groups.append(Counter({single: 1}))
    return groups


def length(pattern: str) -> int:
    """How many events a pattern stands for."""
    return sum(group.total() for group in parse(pattern))


def short(event: HistoryEvent) -> str:
    kind = event.WhichOneof("attributes")
    assert kind is not None
    return SHORT[kind]


def text(events: Sequence[HistoryEvent]) -> str:
    return ", ".join(map(short, events))


def matches(pattern: str, events: Sequence[HistoryEvent]) -> bool:
    """Whether the events are those of the pattern, and no others."""
    names = [short(event) for event in events]
    for group in parse(pattern):
        head, names = names[: group.total()], names[group.total() :]
        if Counter(head) != group:
            return False
    return not names


def canonical(pattern: str, events: Sequence[HistoryEvent]) -> list[str]:
    """The events with what they carry, but for what differs from run to run; those of a group are sorted."""
    told = [told_of(event) for event in events]
    found: list[str] = []
    for group in parse(pattern):
        head, told = told[: group.total()], told[group.total() :]
        found += sorted(head)
    return found


def told_of(event: HistoryEvent) -> str:
    kind = event.WhichOneof("attributes")
    assert kind is not None
    return f"{SHORT[kind]} {_fields(getattr(event, kind))}"


def _fields(message: Message) -> str:
    parts = []
    for descriptor, value in message.ListFields():
        if descriptor.name in VOLATILE:
            continue
        shown = f"({_fields(value)})" if isinstance(value, Message) else repr(value)
        parts.append(f"{descriptor.name}={shown}")
    return " ".join(parts)


def attributes(events: Sequence[HistoryEvent], name: str) -> list[Any]:
    """What the events of one short name carry, in order."""
    found: list[Any] = []
    for event in events:
        kind = event.WhichOneof("attributes")
        if kind is not None and SHORT[kind] == name:
            found.append(getattr(event, kind))
    return found


def seconds_between(first: HistoryEvent, second: HistoryEvent) -> float:
    return (second.time_us - first.time_us) / 1e6


def of_kind(events: Sequence[HistoryEvent], name: str) -> list[HistoryEvent]:
    """The events of one short name, in order."""
    return [event for event in events if short(event) == name]


def sleep_seconds(events: Sequence[HistoryEvent]) -> float:
    """How long the only timer of a history ran."""
    [started] = of_kind(events, "TS")
    [fired] = of_kind(events, "TF")
    return seconds_between(started, fired)
