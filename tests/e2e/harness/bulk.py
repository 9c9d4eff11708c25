"""Bulk operations as a Django process beside the engine asks for them: what a caller can write as JSON, by name."""

from __future__ import annotations

from dataclasses import dataclass

from workflows.access.principal import ANYBODY
from workflows.core.values import Payload
from workflows.models import BulkOperation
from workflows.service import bulk
from workflows.service.bulk import Asked, Kind
from workflows.store.reader import Filters

DOOR = "shell"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An operation, and what it has come to."""

    number: int
    state: str
    found: int
    changed: int
    seconds: float


def signal_all(prefix: str, name: str, payload: str) -> Told:
    """All executions whose ids begin so."""
    asked = Asked(
        kind=Kind.SIGNAL,
        filters=Filters(id_prefix=prefix),
        signal_name=name,
        payload=Payload(payload.encode()),
        request_id=prefix,
    )
    return _told(bulk.ask(asked, ANYBODY, DOOR)[0])


def cancel_all(queue: str) -> Told:
    """All executions of a task queue."""
    asked = Asked(kind=Kind.CANCEL, filters=Filters(task_queue=queue), reason="too many")
    return _told(bulk.ask(asked, ANYBODY, DOOR)[0])


def look(number: int) -> Told:
    return _told(bulk.find(number))


def stop(number: int) -> Told:
    return _told(bulk.stop(number, ANYBODY, DOOR))


def _told(found: BulkOperation) -> Told:
    over = found.finished_at is not None and found.begun_at is not None
    seconds = (found.finished_at - found.begun_at).total_seconds() if over else 0.0  # type: ignore[operator]
    return Told(number=found.pk, state=found.state, found=found.found, changed=found.changed, seconds=seconds)
