"""What the page of an execution shows, as plain values for its template."""

from datetime import datetime
from typing import Any

from workflows.admin.texts import Texts, span_text
from workflows.codec.events import Unknown
from workflows.core.events import SHORT_NAMES, Event
from workflows.store import reader

EVENTS = 200
"""On one page of a history."""
GROUPS = {"A": "activity", "T": "timer", "S": "signal", "Y": "turn", "W": "execution"}
"""Of events, by the first letter of their short names; they have a colour each."""


def page_of(found: reader.Description, *, after: int, payloads: bool) -> dict[str, Any]:
    """The template's context. `after` is the number of the last event of the page before."""
    execution, texts = found.execution, Texts(payloads=payloads)
    events = reader.events(execution.run_id, after=after, limit=EVENTS)
    last = events[-1].number if events else after
    return {
        "execution": execution,
        "duration": span_text(execution.duration) if execution.duration is not None else "",
        "timeout": span_text(execution.execution_timeout) if execution.execution_timeout else "",
        "payloads": [
            (name, text)
            for name, text in (
                ("Input", texts.payload(found.input)),
                ("Result", texts.payload(found.result)),
                ("Memo", texts.payload(execution.memo)),
                ("Search attributes", texts.payload(execution.search_attributes)),
            )
            if text is not None
        ],
        "failures": texts.failures(found.failure),
        "workflow_task": found.workflow_task,
        "activities": [_activity(texts, each) for each in found.activities],
        "timers": found.timers,
        "signals": [(each, texts.payload(each.payload)) for each in found.signals],
        "events": [_event(texts, event, execution.started_at) for event in events],
        "first_page": after == 0,
        "next_after": last if events and last < execution.history_length else None,
    }


def _activity(texts: Texts, activity: reader.PendingActivity) -> dict[str, Any]:
    return {
        "value": activity,
        "details": texts.payload(activity.heartbeat_details),
        "failures": texts.failures(activity.last_failure),
    }


def _event(texts: Texts, event: Event | reader.Unreadable, started_at: datetime) -> dict[str, Any]:
    if isinstance(event, reader.Unreadable):
        return {
            "number": event.number,
            "short": "!",
            "group": "unknown",
            "type": "unreadable",
            "lines": [("problem", event.problem)],
        }
    short = SHORT_NAMES.get(type(event), "?")
    return {
        "number": event.number,
        "short": short,
        "group": GROUPS.get(short[0], "unknown"),
        "type": "of a newer version" if isinstance(event, Unknown) else type(event).__name__,
        "at": event.at,
        "offset": span_text(event.at - started_at),
        "lines": texts.lines(texts.attributes(event)),
    }
