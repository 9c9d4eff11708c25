"""Filters of the list of executions. Their choices are those of the newest rows: finding all would read the table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest

from workflows.core.keys import DEFAULT_NAMESPACE
from workflows.models import Execution

NEWEST = 500


class RecentValues(SimpleListFilter):
    """The values of one column among the newest executions, and the one that is chosen."""

    column: str

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Iterable[tuple[str, str]]:
        newest = Execution.objects.filter(namespace=DEFAULT_NAMESPACE).order_by("-started_at", "-run_id")
        found = set(newest.values_list(self.column, flat=True)[:NEWEST])
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
