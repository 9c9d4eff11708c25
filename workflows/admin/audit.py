"""The audit: who did what, newest first. Read only, for who may see it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from workflows.access.actions import Action
from workflows.admin.allowed import principal_of
from workflows.admin.paging import BoundedPaginator
from workflows.admin.read_only import ReadOnlyAdmin
from workflows.core.keys import DEFAULT_NAMESPACE
from workflows.models import AuditEntry
from workflows.service.bulk.values import Kind
from workflows.store import reader

VERBS: Final = (
    *("start", "signal-with-start", "signal", "cancel", "terminate", "retry"),
    *(f"bulk-{kind}" for kind in Kind),
    *("bulk-stop", "create-key", "revoke-key"),
)
DOORS: Final = ("admin", "rest", "grpc", "shell")
FOUND_MAX: Final = 200
"""By a search, of each way to find: who sees so many narrows it down."""


class VerbFilter(admin.SimpleListFilter):
    """What was done. The choices are fixed: to find them would read the table."""

    title = "action"
    parameter_name = "action_name"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> Iterable[tuple[str, str]]:
        return [(verb, verb) for verb in VERBS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        value = self.value()
        return queryset.filter(action=value) if value else queryset


class DoorFilter(VerbFilter):
    """Through which door."""

    title = "door"
    parameter_name = "door"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> Iterable[tuple[str, str]]:
        return [(door, door) for door in DOORS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        value = self.value()
        return queryset.filter(door=value) if value else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """One line tells all of an entry, so none has a page of its own."""

    list_display = ("when", "who", "door", "action", "execution", "reason", "more")
    list_display_links = None
    list_filter = (VerbFilter, DoorFilter)
    search_fields = ("who",)
    search_help_text = (
        f"A user's or key's name, or the beginning of a workflow id: the newest {FOUND_MAX} of each are shown"
    )
    ordering = ("-at", "-id")
    paginator = BoundedPaginator

    def has_view_permission(self, request: HttpRequest, obj: AuditEntry | None = None) -> bool:
        return principal_of(request).may(Action.SEE_AUDIT)

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        """Of one namespace: the indexes begin with it."""
        rows: QuerySet[AuditEntry] = super().get_queryset(request).filter(namespace=DEFAULT_NAMESPACE)
        return rows

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEntry], search_term: str
    ) -> tuple[QuerySet[AuditEntry], bool]:
        """By what an index can find: a statement for each, since one for both would read the table."""
        term = search_term.strip().replace("\0", "")
        if not term:
            return queryset, False
        ids = {*_newest(queryset.filter(who=term)), *_newest(queryset.filter(reader.id_prefixed(term)))}
        return queryset.filter(pk__in=ids), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().changelist_view(request, {**(extra_context or {}), "title": "Audit entries"})

    @admin.display(description="Time (UTC)")
    def when(self, row: AuditEntry) -> str:
        return row.at.strftime("%Y-%m-%d %H:%M:%S")

    @admin.display(description="Execution")
    def execution(self, row: AuditEntry) -> SafeString | str:
        if not row.run_id:
            return row.workflow_id
        address = reverse("admin:sched_workflows_execution_change", args=[row.run_id])
        return format_html('<a href="{}">{}</a>', address, row.workflow_id or row.run_id)

    @admin.display(description="More")
    def more(self, row: AuditEntry) -> str:
        return more_of(row)


def _newest(rows: QuerySet[AuditEntry]) -> list[int]:
    return list(rows.order_by("-at", "-id").values_list("pk", flat=True)[:FOUND_MAX])


def more_of(row: AuditEntry) -> str:
    """What else tells the act, on one line."""
    details = row.details if isinstance(row.details, dict) else {}
    return ", ".join(f"{name}: {value}" for name, value in details.items())
