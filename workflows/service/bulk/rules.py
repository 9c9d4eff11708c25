"""What may be asked for: which statuses an action is for, and that whoever means everything says so.

Filters are kept as JSON under the names that lists have for them, so that an operation shows what was asked for.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from workflows.core.values import Status
from workflows.models import BulkOperation
from workflows.service.bulk.values import Asked, Kind
from workflows.service.errors import FieldError, shown
from workflows.store.bulk import Targets
from workflows.store.reader import Filters

_CLOSED = tuple(status for status in Status if status is not Status.RUNNING)
STATUSES: Final[Mapping[Kind, Sequence[Status]]] = {
    Kind.SIGNAL: (Status.RUNNING,),
    Kind.CANCEL: (Status.RUNNING,),
    Kind.TERMINATE: (Status.RUNNING,),
    Kind.RETRY: _CLOSED,
}
"""Of the executions that it can be done to."""
FIELDS: Final[Mapping[str, str]] = {
    "status": "status",
    "workflowName": "workflow_type",
    "taskQueue": "task_queue",
    "startedAfter": "started_after",
    "startedBefore": "started_before",
    "idPrefix": "id_prefix",
}
"""Of `Filters`, by the names that callers give."""
FILTER_NAMES: Final = tuple(FIELDS)
_INSTANTS = ("startedAfter", "startedBefore")
EVERYTHING_RULE = (
    "must restrict by more than the one status that there is for it; to mean all of them say all: true"
)
BOTH_RULE = "must be left out beside filters that restrict"


def errors_of(asked: Asked) -> Iterator[FieldError]:
    """What is wrong with it as a whole; each field has been looked at."""
    allowed = STATUSES[asked.kind]
    status = asked.filters.status
    if status is not None and status not in allowed:
        listed = ", ".join(allowed)
        rule = (
            f"must be one of {listed} for {asked.kind}" if len(allowed) > 1 else f"must be {listed} or absent"
        )
        yield FieldError("filters.status", shown(status.value), rule)
    elif is_restricted(asked) and asked.everything:
        yield FieldError("all", "true", BOTH_RULE)
    elif not is_restricted(asked) and not asked.everything:
        yield FieldError("filters", "", EVERYTHING_RULE)


def is_restricted(asked: Asked) -> bool:
    """Whether the filters leave anything out that the action could be done to."""
    names = set(as_json(asked.filters))
    return bool(names - {"status"}) or ("status" in names and len(STATUSES[asked.kind]) > 1)


def targets_of(operation: BulkOperation) -> Targets:
    """What it is about."""
    filters = from_json(operation.namespace, operation.filters)
    return matching(Kind(operation.kind), filters, operation.started_before)


def matching(kind: Kind, filters: Filters, started_before: datetime) -> Targets:
    """What an operation of this kind would be about."""
    statuses = STATUSES[kind] if filters.status is None else (filters.status,)
    return Targets(filters=filters, statuses=statuses, started_before=started_before)


def as_json(filters: Filters) -> dict[str, str]:
    """Those that restrict, under their names."""
    given = {name: getattr(filters, field) for name, field in FIELDS.items()}
    return {name: _text(value) for name, value in given.items() if value}


def from_json(namespace: str, given: Mapping[str, str]) -> Filters:
    """The reverse."""
    values: dict[str, object] = {FIELDS[name]: value for name, value in given.items()}
    for name in _INSTANTS:
        if name in given:
            values[FIELDS[name]] = datetime.fromisoformat(given[name])
    if "status" in given:
        values["status"] = Status(given["status"])
    return Filters(namespace=namespace, **values)  # type: ignore[arg-type]


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
