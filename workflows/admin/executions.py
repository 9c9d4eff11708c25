"""Executions: the list, and a page for each with its state, pending work and history. Read only."""

import uuid
from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dispatch.models import Task
from timers.clock import SystemClock
from workflows.admin.filters import QueueFilter, TypeFilter
from workflows.admin.page import page_of
from workflows.admin.paging import BoundedPaginator
from workflows.admin.texts import span_text
from workflows.core.keys import DEFAULT_NAMESPACE, TaskKind
from workflows.models import Execution
from workflows.store import reader

PAYLOADS = "sched_workflows.view_payload"


@admin.register(Execution)
class ExecutionAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # it takes none when run
    """Rows are the engine's: nothing can be added, changed or deleted here."""

    list_display = ("workflow_id", "workflow_type", "task_queue", "state", "started", "lasted")
    list_filter = ("status", TypeFilter, QueueFilter, "started_at")
    list_per_page = 50
    list_max_show_all = 50
    sortable_by = ()
    ordering = ("-started_at", "-run_id")
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # they count the whole table
    paginator = BoundedPaginator
    search_fields = ("workflow_id",)
    search_help_text = "A run id, or the beginning of a workflow id"
    actions = None

    class Media:
        css = {"all": ("sched/admin.css",)}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Execution | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Execution | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Execution]:
        """Of one namespace: the indexes begin with it. `parked_by` is the problem of the workflow task."""
        tasks = Task.objects.filter(run_id=OuterRef("run_id"), kind=TaskKind.WORKFLOW)
        rows = super().get_queryset(request).filter(namespace=DEFAULT_NAMESPACE)
        found: QuerySet[Execution] = rows.annotate(parked_by=Subquery(tasks.values("problem")[:1]))
        return found

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().changelist_view(request, {**(extra_context or {}), "title": "Executions"})

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Execution], search_term: str
    ) -> tuple[QuerySet[Execution], bool]:
        """By what an index can find."""
        term = search_term.strip()
        if not term:
            return queryset, False
        try:
            return queryset.filter(run_id=uuid.UUID(term)), False
        except ValueError:
            return queryset.filter(reader.id_prefixed(term)), False

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The page of one execution."""
        row = self.get_object(request, object_id)
        if row is None or not self.has_view_permission(request, row):
            raise Http404
        execution = reader.find(row.namespace, row.workflow_id, str(row.run_id))
        if execution is None:
            raise Http404
        found = page_of(
            reader.describe(execution),
            after=_number(request.GET.get("after", "")),
            payloads=request.user.has_perm(PAYLOADS),
        )
        context = {
            **self.admin_site.each_context(request),
            **found,
            "title": execution.workflow_id,
            "opts": self.opts,
            "media": self.media,
        }
        return TemplateResponse(request, "sched/admin/execution.html", context)

    @admin.display(description="Status")
    def state(self, row: Execution) -> SafeString:
        badge = format_html('<span class="sched-status sched-{}">{}</span>', row.status.lower(), row.status)
        damage = reader.damage_of(row)
        if damage:
            return format_html('{} <span class="sched-parked" title="{}">damaged</span>', badge, damage)
        problem = getattr(row, "parked_by", None)
        if not problem:
            return badge
        return format_html('{} <span class="sched-parked" title="{}">parked</span>', badge, problem)

    @admin.display(description="Started (UTC)")
    def started(self, row: Execution) -> str:
        return row.started_at.strftime("%Y-%m-%d %H:%M:%S")

    @admin.display(description="Duration")
    def lasted(self, row: Execution) -> str:
        if row.closed_at is not None:
            return span_text(row.closed_at - row.started_at)
        return f"{span_text(SystemClock().now() - row.started_at)} …"


def _number(text: str) -> int:
    """The number of an event in a link of ours; 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0
