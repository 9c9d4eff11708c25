"""What callers ask, as the kernel's inputs and the reader's filters. All rules are those of `service.limits`."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime

from django.http import QueryDict

from workflows.api import body
from workflows.api.body import Member
from workflows.api.fields import Fields
from workflows.core.inputs import CancelRequested, SignalSent, StartRequested, TerminateRequested
from workflows.core.values import ConflictPolicy, ReusePolicy, Status
from workflows.service import ids, limits
from workflows.service.errors import FieldError, Invalid, invalid, shown
from workflows.store.reader import Filters

DEFAULT_QUEUE = "default"
START_FIELDS = (
    "workflowName",
    "input",
    "workflowId",
    "taskQueue",
    "executionTimeoutSeconds",
    "memo",
    "searchAttributes",
    "workflowIdReusePolicy",
    "workflowIdConflictPolicy",
)
FILTER_NAMES = ("status", "workflowName", "taskQueue", "startedAfter", "startedBefore", "idPrefix")
PAGE_SIZE, PAGE_SIZE_MAX = 50, 500
HISTORY_PAGE_SIZE, HISTORY_PAGE_SIZE_MAX = 200, 1000
EVENTS_MAX = 2**31 - 1
"""The greatest number that an event could have."""
WAIT_SECONDS_MAX = 60
WINDOW = "1h"
WINDOWS = {"5m": (5, 60), "1h": (60, 60), "24h": (1800, 48), "7d": (10_800, 56)}
"""Of series: seconds in a bucket, and how many there are."""


def start_of(members: dict[str, Member], *, request_id: str, identity: str) -> StartRequested:
    """A start. Without a workflow id the run's own is taken, or one that follows from the request id.

    Raises:
        Invalid: with every field that breaks a rule.
    """
    body.known(members, START_FIELDS)
    fields = Fields(members)
    run_id = ids.new_run_id()
    start = StartRequested(
        workflow_id=fields.workflow_id("workflowId") or ids.derived_id(request_id) or run_id,
        run_id=run_id,
        workflow_type=fields.name("workflowName"),
        task_queue=fields.identifier("taskQueue") or DEFAULT_QUEUE,
        input=fields.payload("input"),
        execution_timeout=fields.seconds("executionTimeoutSeconds"),
        memo=fields.json_object("memo"),
        search_attributes=fields.json_object("searchAttributes"),
        reuse=fields.choice("workflowIdReusePolicy", ReusePolicy.ALLOW_DUPLICATE),
        conflict=fields.choice("workflowIdConflictPolicy", ConflictPolicy.FAIL),
        request_id=request_id,
        identity=identity,
    )
    fields.finish()
    return start


def signal_of(members: dict[str, Member], run_id: str, *, request_id: str, identity: str) -> SignalSent:
    """Raises `Invalid` with every field that breaks a rule."""
    body.known(members, ("name", "payload"))
    fields = Fields(members)
    name, payload = fields.name("name"), fields.payload("payload")
    fields.finish()
    return SignalSent(run_id=run_id, name=name, payload=payload, request_id=request_id, identity=identity)


def cancel_of(members: dict[str, Member], run_id: str, *, request_id: str, identity: str) -> CancelRequested:
    """Raises `Invalid` with every field that breaks a rule."""
    reason = _reason(members)
    return CancelRequested(run_id=run_id, reason=reason, request_id=request_id, identity=identity)


def terminate_of(
    members: dict[str, Member], run_id: str, *, request_id: str, identity: str
) -> TerminateRequested:
    """Raises `Invalid` with every field that breaks a rule."""
    reason = _reason(members)
    return TerminateRequested(run_id=run_id, reason=reason, request_id=request_id, identity=identity)


def _reason(members: dict[str, Member]) -> str:
    body.known(members, ("reason",))
    fields = Fields(members)
    reason = fields.reason("reason")
    fields.finish()
    return reason


def request_id_of(headers: Mapping[str, str]) -> str:
    """Of the `Idempotency-Key`; empty without one."""
    value = headers.get("Idempotency-Key", "")
    if "Idempotency-Key" in headers:
        limits.require(limits.identifier_error("Idempotency-Key", value))
    return value


def check_query(query: QueryDict, names: tuple[str, ...]) -> None:
    """Refuse parameters that nobody would read, or that come twice.

    Raises:
        Invalid: with each of them.
    """
    rule = f"is unknown; known are {', '.join(names)}" if names else "is unknown; there is no parameter"
    errors = [FieldError(body.shown_name(name), "", rule) for name in query if name not in names]
    twice = [name for name in query if name in names and len(query.getlist(name)) > 1]
    errors += [FieldError(name, "", "must be given once") for name in twice]
    if errors:
        raise Invalid(errors[:10])


def workflow_id_of(text: str) -> str:
    """The id in a path.

    Raises:
        Invalid: it cannot be one.
    """
    limits.require(limits.workflow_id_error("workflowId", text))
    return text


def run_id_of(query: QueryDict) -> str:
    """Empty for the current run.

    Raises:
        Invalid: it is no UUID.
    """
    text = query.get("runId", "").lower()
    if "runId" in query and not ids.is_run_id(text):
        raise invalid("runId", text, "must be a UUID in its canonical form")
    return text


def filters_of(query: QueryDict) -> Filters:
    """Raises `Invalid` with every filter that breaks a rule."""
    errors: list[FieldError | None] = []
    status = query.get("status", "")
    if "status" in query and status not in Status:
        errors.append(FieldError("status", shown(status), f"must be one of {', '.join(Status)}"))
    named = [name for name in ("workflowName", "taskQueue", "idPrefix") if name in query]
    errors.extend(limits.identifier_error(name, query.get(name, "")) for name in named)
    after, after_error = _instant(query, "startedAfter")
    before, before_error = _instant(query, "startedBefore")
    limits.require(*errors, after_error, before_error)
    return Filters(
        status=Status(status) if status else None,
        workflow_type=query.get("workflowName", ""),
        task_queue=query.get("taskQueue", ""),
        started_after=after,
        started_before=before,
        id_prefix=query.get("idPrefix", ""),
    )


def task_queue_of(query: QueryDict) -> str:
    """Empty for all.

    Raises:
        Invalid: it cannot be one.
    """
    if "taskQueue" in query:
        limits.require(limits.identifier_error("taskQueue", query["taskQueue"]))
    return query.get("taskQueue", "")


def window_of(query: QueryDict) -> str:
    """Raises `Invalid` if it is none of those that there are."""
    text = query.get("window", WINDOW)
    if text not in WINDOWS:
        raise invalid("window", text, f"must be one of {', '.join(WINDOWS)}")
    return text


def whole_number(query: QueryDict, name: str, default: int, *, least: int, most: int) -> int:
    """Raises `Invalid` if it is none of those."""
    text = query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and least <= int(text) <= most):
        raise invalid(name, text, f"must be a whole number from {least} to {most}")
    return int(text)


def wait_seconds(query: QueryDict) -> float:
    """Raises `Invalid` if it is no number of seconds that we wait for."""
    text = query.get("wait", "0")
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= WAIT_SECONDS_MAX:
        raise invalid("wait", text, f"must be a number of seconds from 0 to {WAIT_SECONDS_MAX}")
    return seconds


def _instant(query: QueryDict, name: str) -> tuple[datetime | None, FieldError | None]:
    text = query.get(name)
    if text is None:
        return None, None
    rule = "must be an instant with its offset, as 2026-03-01T12:00:00Z"
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is not None:
            return found.astimezone(UTC), None
    except (ValueError, OverflowError):
        pass
    return None, FieldError(name, shown(text), rule)
