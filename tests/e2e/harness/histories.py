"""Histories of the contract, compared with patterns like `WS, Y, AS, {AC, TF}, 200 AC, WC` and with one another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from google.protobuf.message import Message
from sched_sdk.proto.v1.history_pb2 import HistoryEvent

from workflows.management.demo.histories import SHORT_NAMES, parse
from workflows.management.demo.histories import matches as names_match

# What differs from run to run, and from worker to worker.
VOLATILE = frozenset(
    {
        "workflow_id", "run_id", "request_id", "identity", "headers", "build", "delivery", "seen_through", "scheduled",
        "started", "signals_taken", "stack_trace", "task_queue",
    }
)  # fmt: skip


def short(event: HistoryEvent) -> str:
    """The short name of an event's type."""
    return SHORT_NAMES["".join(word.title() for word in kind_of(event).split("_"))]


def kind_of(event: HistoryEvent) -> str:
    """The name of what the event carries."""
    kind: str | None = event.WhichOneof("attributes")
    assert kind is not None
    return kind


def text(events: Sequence[HistoryEvent]) -> str:
    return ", ".join(map(short, events))


def matches(pattern: str, events: Sequence[HistoryEvent]) -> bool:
    """Whether the events are those of the pattern, and no others."""
    return names_match(pattern, [short(event) for event in events])


def canonical(pattern: str, events: Sequence[HistoryEvent]) -> list[str]:
    """The events with what they carry, but for what differs from run to run; those of a group are sorted."""
    told = [told_of(event) for event in events]
    found: list[str] = []
    for group in parse(pattern):
        head, told = told[: group.total()], told[group.total() :]
        found += sorted(head)
    return found


def told_of(event: HistoryEvent) -> str:
    return f"{short(event)} {_fields(getattr(event, kind_of(event)))}"


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
    return [getattr(event, kind_of(event)) for event in of_kind(events, name)]


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
