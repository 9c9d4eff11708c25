"""One workflow id: its current run, described, and the events as they come."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import orjson

from dispatch.feed.values import Change
from workflows.api.shapes import Document, Shapes
from workflows.live.messages import OneWorkflow
from workflows.live.tick import Tick, text_of
from workflows.live.view import Look
from workflows.service.lookup import not_found
from workflows.store import reader

EVENTS_MAX: Final = 200
"""In a message; REST has the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A run, its members as JSON texts, and the number of the last event that was told."""

    run_id: str
    members: Mapping[str, bytes]
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """`since`: what was known before; `after`: the number of the last event before `events`."""

    since: Described
    now: Described
    after: int
    events: list[Document]
    more: bool


class WorkflowView:
    """See `View`."""

    wants_rows = False

    def __init__(self, topic: OneWorkflow, *, payloads: bool) -> None:
        self._topic = topic
        self._shown = Shapes(payloads=payloads)
        self._told: Described | None = None

    async def ready(self) -> None:
        pass

    def read(self) -> Described:
        execution = reader.find(self._topic.namespace, self._topic.workflow_id)
        if execution is None:
            raise not_found(self._topic.workflow_id, "")
        return self._described(execution, execution.history_length)

    def accept(self, found: Described, *, everybody: bool) -> str:
        told = self._told
        if told is None or (everybody and (found.run_id != told.run_id or found.last >= told.last)):
            self._told = found
        return text_of({"workflow": _spliced(found.members)})

    def look(self, changes: Mapping[str, Change]) -> Look | None:
        told, change = self._told, changes.get(self._topic.workflow_id)
        if told is None or change is None or change.namespace != self._topic.namespace:
            return None
        return lambda rows: self._look(told, rows.get(change.run_id))

    def change(self, tick: Tick, looked: Looked | None) -> str | None:
        told = self._told
        if looked is None or told is None or looked.since.run_id != told.run_id:
            return None  # a snapshot has come in between, of a newer run
        members = looked.now.members
        self._told = looked.now
        if looked.now.run_id == told.run_id:
            members = {name: text for name, text in members.items() if told.members.get(name) != text}
        if not members and not looked.events:
            return None
        return text_of(
            {
                "workflow": _spliced(members),
                "after": looked.after,
                "events": looked.events,
                "more": looked.more,
            }
        )

    def _look(self, told: Described, row: reader.Execution | None) -> Looked | None:
        """In a thread. A change of another run may be that of a new one, or of one before."""
        if row is None or row.run_id != told.run_id:
            row = reader.find(self._topic.namespace, self._topic.workflow_id)
        if row is None:
            return None
        after = told.last if row.run_id == told.run_id else 0
        events = reader.events(row.run_id, after=after, limit=EVENTS_MAX)
        length = row.history_length
        last = max(length, events[-1].number if events else after)
        more = bool(events) and events[-1].number < length
        return Looked(
            since=told,
            now=self._described(row, last, told if row.is_open and not row.damage else None),
            after=after,
            events=[self._shown.event(each) for each in events],
            more=more,
        )

    def _described(self, execution: reader.Execution, last: int, told: Described | None = None) -> Described:
        """`told`: of the same run while it was open, too; then only its header can have changed."""
        if told is not None and told.run_id == execution.run_id:
            found = dict(told.members) | _texts(self._shown.execution(execution))
        else:
            found = _texts(self._shown.description(reader.describe(execution)))
        return Described(run_id=execution.run_id, members=found, last=last)


def _texts(document: Document) -> dict[str, bytes]:
    return {name: orjson.dumps(value) for name, value in document.items()}


def _spliced(members: Mapping[str, bytes]) -> Document:
    return {name: orjson.Fragment(text) for name, text in members.items()}
