"""Filters of the list of executions, and what they come to for the reader.

Choices are those of the newest rows: finding all would read the table.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from dispatch.models import Task
from timers.clock import SystemClock
from workflows.core.keys import DEFAULT_NAMESPACE
from workflows.core.values import Status
from workflows.models import Execution

NEWEST: Final = 500
_COLUMNS: Final = ("workflow_type", "task_queue")
SPANS: Final = {
    "hour": ("last hour", timedelta(hours=1)),
    "day": ("last 24 hours", timedelta(days=1)),
    "week": ("last 7 days", timedelta(days=7)),
    "month": ("last 30 days", timedelta(days=30)),
}


class StatusFilter(SimpleListFilter):
    """Shown as the tabs above the list, which have the counts, and not a second time beside it."""

    title = "status"
    parameter_name = "status"
    template = "sched/admin/nothing.html"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Iterable[tuple[str, str]]:
        return [(status.value, status.value) for status in Status]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Execution]) -> QuerySet[Execution]:
        value = self.value()
        return queryset.filter(status=value) if value else queryset


class StartedFilter(SimpleListFilter):
    title = "start"
    parameter_name = "started"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Iterable[tuple[str, str]]:
        return [(value, label) for value, (label, _) in SPANS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Execution]) -> QuerySet[Execution]:
        span = span_of(self.value() or "")
        return queryset.filter(started_at__gt=SystemClock().now() - span) if span else queryset


class ProblemFilter(SimpleListFilter):
    """With a task that came back with a problem: parked executions, and activities that workers give back."""

    title = "problem"
    parameter_name = "problem"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Iterable[tuple[str, str]]:
        return [("any", "parked, or given back")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Execution]) -> QuerySet[Execution]:
        return queryset.filter(with_problem()) if self.value() else queryset


class RecentValues(SimpleListFilter):
    """The values of one column among the newest executions, and the one that is chosen."""

    column: str

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Iterable[tuple[str, str]]:
        found = {row[_COLUMNS.index(self.column)] for row in _newest(request)}
        chosen = request.GET.get(self.parameter_name or "")
        return [(value, value) for value in sorted(found | ({chosen} if chosen else set()))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Execution]) -> QuerySet[Execution]:
        value = self.value()
        return queryset.filter(**{self.column: value}) if value else queryset

    def has_output(self) -> bool:
        return True


class TypeFilter(RecentValues):
    title = "type"
    parameter_name = "type"
    column = "workflow_type"


class QueueFilter(RecentValues):
    title = "task queue"
    parameter_name = "queue"
    column = "task_queue"


def _newest(request: HttpRequest) -> list[tuple[Any, ...]]:
    """Columns of the newest executions, read once for a request."""
    found: list[tuple[Any, ...]] | None = getattr(request, "_sched_newest", None)
    if found is None:
        newest = Execution.objects.filter(namespace=DEFAULT_NAMESPACE).order_by("-started_at", "-run_id")
        found = list(newest.values_list(*_COLUMNS)[:NEWEST])
        request._sched_newest = found  # type: ignore[attr-defined] # noqa: SLF001 - kept with the request
    return found


def with_problem() -> Q:
    """By the index of tasks with a problem."""
    return Q(run_id__in=runs_with_problem())


def runs_with_problem() -> QuerySet[Task, Any]:
    """Of each such task its run: few, but when a release was bad."""
    return Task.objects.filter(namespace=DEFAULT_NAMESPACE, problem__isnull=False).values("run_id")


def span_of(value: str) -> timedelta | None:
    return SPANS[value][1] if value in SPANS else None
