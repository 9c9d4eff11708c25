"""The header against the fold of the events: what its columns should be, one finding for each that differs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from workflows.codec import values as v
from workflows.core.keys import shard_of
from workflows.store.fsck.finding import Rule
from workflows.store.fsck.history import History, Told
from workflows.store.fsck.rows import HeaderRow

_OF_THE_END = ("status", "closed_at")
_PLACE = ("namespace", "shard")


def columns_of(history: History) -> dict[str, Any]:
    """The header that a history folds into, as it is stored."""
    state, start = history.state, history.start
    assert state is not None
    assert start is not None
    timeout = state.execution_timeout
    return {
        "namespace": state.namespace,
        "shard": shard_of(state.workflow_id),
        "workflow_id": state.workflow_id,
        "workflow_type": state.workflow_type,
        "task_queue": state.task_queue,
        "status": state.status.value,
        "started_at": state.started_at,
        "closed_at": state.closed_at,
        "execution_timeout_us": None if timeout is None else v.span_us(timeout),
        "last_event": state.last_event,
        "last_event_at": state.last_event_at,
        "turns": state.turns,
        "turn_due": state.turn_due,
        "seen_through": state.seen_through,
        "wait": v.wait_bytes(state.wait),
        "wait_left": state.wait_left,
        "commands": state.commands,
        "cancel_requested": state.cancel_requested,
        "signals_open": state.signals_open,
        "memo": None if start.memo is None else v.payload_bytes(start.memo),
        "search_attributes": None
        if start.search_attributes is None
        else v.payload_bytes(start.search_attributes),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    column: str
    found: Any
    expected: Any


def differences(header: HeaderRow, history: History) -> list[Difference]:
    """The columns that are not as the history says."""
    return list(_differences(header, columns_of(history)))


def check(header: HeaderRow, found: list[Difference], tell: Told) -> None:
    """Tells of each; of a history whose end is missing, that alone."""
    if tail_is_missing(found):
        length = next(each.expected for each in found if each.column == "last_event")
        tell(Rule.HISTORY_GAP, "last event", length, header.last_event)
        return
    for each in found:
        rule = Rule.END if each.column in _OF_THE_END else Rule.HEADER
        tell(Rule.PLACE if each.column in _PLACE else rule, each.column, each.found, each.expected)


def tail_is_missing(found: list[Difference]) -> bool:
    """A header that counts more events than there are, and knows more of them than their number: its last events are
    lost. If the number alone differs, the number is wrong."""
    counted_more = any(each.column == "last_event" and each.found > each.expected for each in found)
    return counted_more and len(found) > 1


def _differences(header: HeaderRow, expected: dict[str, Any]) -> Iterator[Difference]:
    for column, wanted in expected.items():
        found = getattr(header, column)
        if found != wanted and not (column == "wait" and _same_wait(found, wanted)):
            yield Difference(column=column, found=found, expected=wanted)


def _same_wait(one: bytes, other: bytes) -> bool:
    """Bytes of one wait may differ."""
    try:
        return v.wait_from(one) == v.wait_from(other)
    except Exception:  # unreadable, so it is not the same
        return False
