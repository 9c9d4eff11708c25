"""Counts by status above the list of executions, under the filters that are chosen."""

import uuid
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, QuerySet
from django.http import QueryDict

from timers.clock import SystemClock
from workflows.admin.filters import runs_with_problem, span_of, with_problem
from workflows.core.keys import DEFAULT_NAMESPACE
from workflows.core.values import Status
from workflows.models import Execution
from workflows.store import reader
from workflows.store.reader.estimates import plans_of, statement_of

PROBLEMS_SEEN: Final = 2_000
"""Tasks with a problem that are looked at where there are too many to count what they belong to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """One status, or all of them (`status` is empty). `about`: the count is scaled up from a sample."""

    status: str
    count: int
    about: bool
    address: str
    is_chosen: bool


def tabs_of(query: QueryDict) -> list[Tab]:
    """All first, then each status in which there is something, and the one that is chosen."""
    counts = counts_of(query)
    found, about = counts.by_status, counts.approximate
    chosen = query.get("status", "")
    tabs = [_tab(query, "", sum(found.values()), about)]
    tabs += [
        _tab(query, status.value, found[status], about)
        for status in Status
        if found[status] or status.value in (chosen, Status.RUNNING)
    ]
    return tabs


def counts_of(query: QueryDict) -> reader.Counts:
    """By status, whatever status is chosen. The reader's counts, and so its indexes, wherever its filters suffice."""
    term, problem = query.get("q", "").strip().replace("\0", ""), query.get("problem")
    run_id = run_id_of(term)
    if run_id is not None:
        rows = _filtered(query).filter(run_id=run_id)
        return _exactly(rows.filter(with_problem()) if problem else rows)
    if problem:
        return _with_problem(_filtered(query).filter(reader.id_prefixed(term)))
    return reader.counts(filters_of(query, id_prefix=term))


def run_id_of(term: str) -> uuid.UUID | None:
    """The run id that a search is for, if it is for one."""
    try:
        return uuid.UUID(term)
    except ValueError:
        return None


def filters_of(query: QueryDict, *, id_prefix: str) -> reader.Filters:
    """What is chosen, but for the status and the problem."""
    span = span_of(query.get("started", ""))
    return reader.Filters(
        workflow_type=query.get("type", ""),
        task_queue=query.get("queue", ""),
        started_after=SystemClock().now() - span if span else None,
        id_prefix=id_prefix,
    )


def _filtered(query: QueryDict) -> QuerySet[Execution]:
    """By what is chosen, but for the status, the search and the problem."""
    filters = filters_of(query, id_prefix="")
    rows = Execution.objects.filter(namespace=DEFAULT_NAMESPACE)
    if filters.workflow_type:
        rows = rows.filter(workflow_type=filters.workflow_type)
    if filters.task_queue:
        rows = rows.filter(task_queue=filters.task_queue)
    if filters.started_after is not None:
        rows = rows.filter(started_at__gt=filters.started_after)
    return rows


def _exactly(rows: QuerySet[Execution]) -> reader.Counts:
    found = dict(_by_status(rows))
    return reader.Counts(by_status={each: found.get(each.value, 0) for each in Status}, approximate=False)


def _with_problem(rows: QuerySet[Execution]) -> reader.Counts:
    """All of them where that is cheap. A bad release parks all that it runs, however many: then those of some of the
    tasks, scaled up."""
    whole = rows.filter(with_problem())
    (all_of_them, tasks), _ = plans_of([statement_of(_by_status(whole)), statement_of(runs_with_problem())])
    if all_of_them.is_cheap:
        return _exactly(whole)
    part = min(1.0, PROBLEMS_SEEN / max(1.0, tasks.rows))
    found = dict(_by_status(rows.filter(run_id__in=runs_with_problem()[:PROBLEMS_SEEN])))
    return reader.Counts(
        by_status={each: round(found.get(each.value, 0) / part) for each in Status}, approximate=part < 1.0
    )


def _by_status(rows: QuerySet[Execution]) -> QuerySet[Execution, tuple[str, int]]:
    return rows.order_by().values_list("status").annotate(count=Count("run_id"))


def _tab(query: QueryDict, status: str, count: int, about: bool) -> Tab:
    changed = query.copy()
    for name in ("p", "status", "e"):
        changed.pop(name, None)
    if status:
        changed["status"] = status
    return Tab(
        status=status,
        count=count,
        about=about,
        address=f"?{changed.urlencode()}",
        is_chosen=query.get("status", "") == status,
    )
