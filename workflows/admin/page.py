"""What the page of an execution shows, as plain values for its template."""

from datetime import datetime
from typing import Any, Final

from workflows.access.actions import Action
from workflows.access.principal import Principal
from workflows.admin.acts import ACTS, skipped_by
from workflows.admin.audit import more_of
from workflows.admin.telling import Names, names_of, sentence
from workflows.admin.texts import Texts, span_text
from workflows.admin.timeline import timeline_of
from workflows.codec.events import Unknown
from workflows.core.events import SHORT_NAMES, Event
from workflows.models import AuditEntry
from workflows.models import Execution as Row
from workflows.store import reader

EVENTS: Final = 200
"""On one page of a history."""
RUNS: Final = 10
"""Other runs of the same workflow id, the newest."""
ENTRIES: Final = 20
"""Of the audit, the newest."""
GROUPS = {"A": "activity", "T": "timer", "S": "signal", "Y": "turn", "W": "execution"}
"""Of events, by the first letter of their short names; they have a colour each."""


def page_of(found: reader.Description, *, after: int, who: Principal, now: datetime) -> dict[str, Any]:
    """The template's context. `after` is the number of the last event of the page before."""
    execution, texts = found.execution, Texts(payloads=who.may(Action.SEE_PAYLOADS))
    return {
        "execution": execution,
        "problem": texts.problem(execution.problem),
        "duration": span_text((execution.closed_at or now) - execution.started_at),
        "quiet": span_text(now - execution.last_event_at),
        "timeout": span_text(execution.execution_timeout) if execution.execution_timeout else "",
        "payloads": _payloads(texts, found),
        "failures": texts.failures(found.failure),
        "acts": [act for act in ACTS.values() if who.may(act.action) and not skipped_by(act, [execution])],
        **_pending(texts, found, now),
        **_history(texts, execution, after, now),
        "runs": _other_runs(execution),
        "entries": _entries(execution) if who.may(Action.SEE_AUDIT) else [],
    }


def _payloads(texts: Texts, found: reader.Description) -> list[tuple[str, str]]:
    named = (
        ("Input", texts.payload(found.input)),
        ("Result", texts.payload(found.result)),
        ("Memo", texts.payload(found.execution.memo)),
        ("Search attributes", texts.payload(found.execution.search_attributes)),
    )
    return [(name, text) for name, text in named if text is not None]


def _pending(texts: Texts, found: reader.Description, now: datetime) -> dict[str, Any]:
    task = found.workflow_task
    return {
        "workflow_task": task,
        "task_problem": texts.problem(task.problem) if task else None,
        "next_delivery": _left(task.next_delivery_at, now) if task and task.next_delivery_at else "",
        "activities": [_activity(texts, each, now) for each in found.activities],
        "timers": [(each, _left(each.due_at, now)) for each in found.timers],
        "signals": [
            (each, texts.payload(each.payload), span_text(now - each.received_at)) for each in found.signals
        ],
    }


def _activity(texts: Texts, activity: reader.PendingActivity, now: datetime) -> dict[str, Any]:
    return {
        "value": activity,
        "problem": texts.problem(activity.problem),
        "since": span_text(now - (activity.started_at or activity.scheduled_at)),
        "next": _left(activity.next_attempt_at, now) if activity.next_attempt_at else "",
        "details": texts.payload(activity.heartbeat_details),
        "failures": texts.failures(activity.last_failure),
    }


def _left(at: datetime, now: datetime) -> str:
    return f"in {span_text(at - now)}" if at >= now else f"overdue by {span_text(now - at)}"


def _history(texts: Texts, execution: reader.Execution, after: int, now: datetime) -> dict[str, Any]:
    events = reader.events(execution.run_id, after=after, limit=EVENTS)
    known = [event for event in events if isinstance(event, Event)]
    names = names_of(known)
    last = events[-1].number if events else after
    ends_here = last >= execution.history_length
    until = (execution.closed_at or now) if ends_here or not known else known[-1].at
    since = execution.started_at if after == 0 or not known else known[0].at
    return {
        "events": [_event(texts, event, execution.started_at, names) for event in events],
        "timeline": timeline_of(known, since=since, until=until),
        "first_page": after == 0,
        "next_after": last if events and not ends_here else None,
    }


def _event(
    texts: Texts, event: Event | reader.Unreadable, started_at: datetime, names: Names
) -> dict[str, Any]:
    if isinstance(event, reader.Unreadable):
        return {
            "number": event.number,
            "short": "!",
            "group": "unknown",
            "type": "unreadable",
            "says": event.problem,
            "lines": [],
        }
    short = SHORT_NAMES.get(type(event), "?")
    return {
        "number": event.number,
        "short": short,
        "group": GROUPS.get(short[0], "unknown"),
        "type": "of a newer version" if isinstance(event, Unknown) else type(event).__name__,
        "says": sentence(event, names, payloads=texts.payloads),
        "at": event.at,
        "offset": span_text(event.at - started_at),
        "lines": texts.lines(texts.attributes(event)),
    }


def _other_runs(execution: reader.Execution) -> list[Row]:
    rows = Row.objects.filter(namespace=execution.namespace, workflow_id=execution.workflow_id)
    return list(rows.exclude(run_id=execution.run_id).order_by("-started_at", "-run_id")[:RUNS])


def _entries(execution: reader.Execution) -> list[tuple[AuditEntry, str]]:
    rows = AuditEntry.objects.filter(namespace=execution.namespace, workflow_id=execution.workflow_id)
    return [(row, more_of(row)) for row in rows.order_by("-at")[:ENTRIES]]
