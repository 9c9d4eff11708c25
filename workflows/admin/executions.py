"""Executions: the list with its filters and actions, and the page of one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dispatch.models import Task
from timers.clock import SystemClock
from workflows.access.actions import Action
from workflows.admin import pages
from workflows.admin.act_pages import preview
from workflows.admin.acts import ACTS, RUNS_MAX, Act, executions_by_id
from workflows.admin.allowed import principal_of
from workflows.admin.filters import ProblemFilter, QueueFilter, StartedFilter, StatusFilter, TypeFilter
from workflows.admin.numbers import number_of
from workflows.admin.page import page_of
from workflows.admin.paging import BoundedPaginator
from workflows.admin.read_only import ReadOnlyAdmin
from workflows.admin.tabs import Tab, filters_of, run_id_of, tabs_of
from workflows.admin.texts import span_text
from workflows.core.keys import DEFAULT_NAMESPACE, TaskKind
from workflows.core.values import Status
from workflows.models import Execution
from workflows.store import reader

FOUND_MAX: Final = 100
"""By a search: who sees so many types a longer beginning."""
SEARCH_PAGE: Final = 20
"""Found rows on a page: to render a row takes longer than to find it, and who searches waits for one."""
_ANY: Final = UUID(int=0)


def _action_of(act: Act) -> Callable[[ReadOnlyAdmin, HttpRequest, QuerySet[Execution]], HttpResponse | None]:
    """The list's action: the page that asks, for those that are selected."""

    @admin.action(permissions=[act.verb], description=f"{act.label} …")
    def selected(
        model_admin: ReadOnlyAdmin, request: HttpRequest, rows: QuerySet[Execution]
    ) -> HttpResponse | None:
        runs = [str(run) for run in rows.values_list("run_id", flat=True)[: RUNS_MAX + 1]]
        if len(runs) > RUNS_MAX:
            told = (
                f"More than {RUNS_MAX:,} executions are too many for one transaction: narrow the list down."
            )
            model_admin.message_user(request, told, messages.ERROR)
            return None
        executions = executions_by_id(runs)
        return preview(request, act, executions, site=model_admin.admin_site, back=request.GET.urlencode())

    selected.__name__ = act.verb
    return selected


class ExecutionList(ChangeList):
    """The list, which finds the address of a row's page once and not for each row; a search is for few of them."""

    def get_results(self, request: HttpRequest) -> None:
        if self.query:
            self.list_per_page = SEARCH_PAGE
        super().get_results(request)

    @cached_property
    def _page(self) -> str:
        site = self.model_admin.admin_site.name
        return reverse("admin:sched_workflows_execution_change", args=[_ANY], current_app=site)

    def url_for_result(self, result: Any) -> str:
        return self._page.replace(str(_ANY), str(result.pk))


@admin.register(Execution)
class ExecutionAdmin(ReadOnlyAdmin):
    """Rows are the engine's: nothing can be added, changed or deleted here. What acts is asked of the engine."""

    list_display = ("workflow_id", "state", "workflow_type", "task_queue", "started", "lasted")
    list_filter = (StatusFilter, TypeFilter, QueueFilter, StartedFilter, ProblemFilter)
    ordering = ("-started_at", "-run_id")
    paginator = BoundedPaginator
    # Django would resolve each row's address anew to add the filters to it, for forms that lead back to the list: that
    # was a third of a search's time, and no page of ours has such a form.
    preserve_filters = False
    search_fields = ("workflow_id",)
    search_help_text = f"A run id, or the beginning of a workflow id: the newest {FOUND_MAX} are shown"
    actions = [_action_of(act) for act in ACTS.values()]
    change_list_template = "sched/admin/executions.html"

    def has_signal_permission(self, request: HttpRequest) -> bool:
        return principal_of(request).may(Action.SIGNAL)

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        return principal_of(request).may(Action.CANCEL)

    def has_terminate_permission(self, request: HttpRequest) -> bool:
        return principal_of(request).may(Action.TERMINATE)

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return principal_of(request).may(Action.RETRY)

    def get_urls(self) -> list[Any]:
        """With our pages that are no model's, unless the site has them: templates of ours lead there."""
        has_pages = getattr(self.admin_site, "has_sched_pages", False)
        return [*([] if has_pages else pages.urls(self.admin_site)), *super().get_urls()]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ExecutionList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Execution]:
        """Of one namespace: the indexes begin with it. `parked_by` is the problem of the workflow task.

        `shows_payloads`: whether who asks may read all of it; columns are not told who asks.
        """
        tasks = Task.objects.filter(run_id=OuterRef("run_id"), kind=TaskKind.WORKFLOW)
        rows = super().get_queryset(request).filter(namespace=DEFAULT_NAMESPACE)
        found: QuerySet[Execution] = rows.annotate(
            parked_by=Subquery(tasks.values("problem")[:1]),
            shows_payloads=Value(principal_of(request).may(Action.SEE_PAYLOADS)),
        )
        return found

    def get_paginator(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Paginator[Execution]:
        """Told what the tabs have counted, so that nothing is counted twice."""
        found = super().get_paginator(request, *args, **kwargs)
        assert isinstance(found, BoundedPaginator)
        count = next((_reached(tab, found.per_page) for tab in _tabs(request) if tab.is_chosen), None)
        found.told(min(count, FOUND_MAX) if count and request.GET.get("q", "").strip() else count)
        return found

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            return super().changelist_view(request, extra_context)
        more = {**(extra_context or {}), "title": "Executions", "tabs": _tabs(request)}
        return super().changelist_view(request, more)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Execution], search_term: str
    ) -> tuple[QuerySet[Execution], bool]:
        """By what an index can find."""
        term = search_term.strip()
        if not term:
            return queryset, False
        run_id = run_id_of(term)
        if run_id is not None:
            return queryset.filter(run_id=run_id), False
        if request.GET.get("problem"):
            return queryset.filter(reader.id_prefixed(term)), False
        return queryset.filter(run_id__in=_newest(request, term)), False

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
            after=number_of(request.GET.get("after", "")),
            who=principal_of(request),
            now=SystemClock().now(),
        )
        context = {
            **self.admin_site.each_context(request),
            **found,
            "title": execution.workflow_id,
            "opts": self.opts,
            "media": self.media,
        }
        return TemplateResponse(request, "sched/admin/execution.html", context)

    @admin.display(description=SafeString('<input type="checkbox" id="action-toggle">'))
    def action_checkbox(self, obj: Execution) -> SafeString:
        """As the admin's own, without a template of a widget for each row: those are a quarter of the page's time."""
        return format_html(
            '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="{}">',
            ACTION_CHECKBOX_NAME,
            obj.pk,
            f"Select this object for an action - {obj}",
        )

    @admin.display(description="Status")
    def state(self, row: Execution) -> SafeString:
        badge = format_html('<span class="sched-status sched-{}">{}</span>', row.status.lower(), row.status)
        damage = reader.damage_of(row)
        if damage:
            return format_html('{} <span class="sched-parked" title="{}">damaged</span>', badge, damage)
        problem = getattr(row, "parked_by", None)
        if not problem:
            return badge
        problem = reader.problem_shown(problem, payloads=getattr(row, "shows_payloads", False))
        return format_html('{} <span class="sched-parked" title="{}">parked</span>', badge, problem)

    @admin.display(description="Started (UTC)")
    def started(self, row: Execution) -> str:
        return row.started_at.strftime("%Y-%m-%d %H:%M:%S")

    @admin.display(description="Duration")
    def lasted(self, row: Execution) -> str:
        if row.closed_at is not None:
            return span_text(row.closed_at - row.started_at)
        return f"{span_text(SystemClock().now() - row.started_at)} …"


def _reached(tab: Tab, page: int) -> int:
    """How many rows the pages lead to. Where there are no more than one page holds, the admin fetches whatever there
    is, so that nothing that a sample says may come to that."""
    return max(tab.count, page + 1) if tab.about else tab.count


def _newest(request: HttpRequest, prefix: str) -> list[UUID]:
    """As the reader finds them, which knows what the planner cannot: whether those ids are among the newest."""
    filters = filters_of(request.GET, id_prefix=prefix)
    status = request.GET.get("status", "")
    if status in set(Status):
        filters = replace(filters, status=Status(status))
    # What the tabs have counted one by one is found again as cheaply.
    return reader.newest_runs(filters, limit=FOUND_MAX, few=not any(tab.about for tab in _tabs(request)))


def _tabs(request: HttpRequest) -> list[Tab]:
    """Counted once for a request."""
    found: list[Tab] | None = getattr(request, "_sched_tabs", None)
    if found is None:
        found = tabs_of(request.GET)
        request._sched_tabs = found  # type: ignore[attr-defined] # noqa: SLF001 - kept with the request
    return found
