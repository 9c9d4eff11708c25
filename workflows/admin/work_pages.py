"""Lists of what waits and who works: tasks, timers, workers. Their models have composite keys: the admin refuses such.

Guarantees: in the order of an index, and nothing is counted; `PAGES` pages are reached, who wants more narrows it down.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.contrib.admin import AdminSite
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse

from dispatch.models import Task
from timers.clock import SystemClock
from timers.models import Timer
from workflows.access.actions import Action
from workflows.admin.allowed import require
from workflows.admin.choices import Choice
from workflows.admin.context import context_of
from workflows.admin.numbers import number_of
from workflows.admin.texts import span_text
from workflows.core.keys import DEFAULT_NAMESPACE, TaskKind, TimerKind
from workflows.models import Execution
from workflows.store import reader

ROWS: Final = 100
"""On a page."""
PAGES: Final = 100
TASK_STATE: Final = Choice(
    title="State",
    parameter="state",
    conditions={
        "waiting": Q(owner__isnull=True),
        "held": Q(owner__isnull=False),
        "problem": Q(problem__isnull=False),
    },
)
TASK_KIND: Final = Choice(
    title="Kind",
    parameter="kind",
    conditions={"workflow": Q(kind=TaskKind.WORKFLOW), "activity": Q(kind=TaskKind.ACTIVITY)},
)
TIMER_NAMES: Final = {
    TimerKind.USER: "timer of the code",
    TimerKind.RETRY: "next attempt of an activity",
    TimerKind.DEADLINE: "limit of an activity",
    TimerKind.EXECUTION: "execution timeout",
}
TIMER_KIND: Final = Choice(
    title="Kind",
    parameter="kind",
    conditions={kind.name.lower(): Q(kind=kind) for kind in TIMER_NAMES},
)


def tasks_page(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """Those of the oldest executions first: run ids are made in order of time, and their key is the index. Of one queue
    the oldest tasks, by the index of what waits there. Those that are held are as many as workers have slots, so they
    are all found by the index of leases, and sorted."""
    who = require(request, Action.READ)
    query, now = request.GET, SystemClock().now()
    tasks = Task.objects.filter(
        TASK_STATE.condition(query), TASK_KIND.condition(query), namespace=DEFAULT_NAMESPACE
    )
    order: list[Any] = ["run_id", "kind", "number", "attempt"]
    queue = query.get("queue", "").replace("\0", "")
    if query.get("state") == "held":
        # The same order, which no index has: by the key all tasks would be read where few of the kind are held.
        order[0] = Coalesce("run_id", "run_id")
    if queue:
        tasks, order = tasks.filter(queue=queue), ["created_at", *order]
    refusals = _refusals(query, TASK_STATE, TASK_KIND)
    rows, pages = _page(Task.objects.none() if refusals else tasks.order_by(*order), query)
    context = {
        **context_of(site, request, "Tasks"),
        "refusals": refusals,
        "choices": [each.links(query) for each in (TASK_STATE, TASK_KIND)],
        "queue": queue,
        "kept": [(name, query[name]) for name in ("state", "kind") if name in query],
        "rows": [_task(row, now, payloads=who.may(Action.SEE_PAYLOADS)) for row in rows],
        "pages": pages,
    }
    return TemplateResponse(request, "sched/admin/tasks.html", context)


def timers_page(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """The next to fire first."""
    require(request, Action.READ)
    query, now = request.GET, SystemClock().now()
    state = Choice(title="State", parameter="state", conditions={"overdue": Q(due_at__lt=now)})
    timers = Timer.objects.filter(
        state.condition(query), TIMER_KIND.condition(query), namespace=DEFAULT_NAMESPACE
    )
    refusals = _refusals(query, state, TIMER_KIND)
    rows, pages = _page(Timer.objects.none() if refusals else timers.order_by("due_at"), query)
    runs = {row.run_id for row in rows}
    names = dict(Execution.objects.filter(run_id__in=runs).values_list("run_id", "workflow_id"))
    context = {
        **context_of(site, request, "Timers"),
        "refusals": refusals,
        "choices": [each.links(query) for each in (state, TIMER_KIND)],
        "rows": [_timer(row, names.get(row.run_id, ""), now) for row in rows],
        "pages": pages,
    }
    return TemplateResponse(request, "sched/admin/timers.html", context)


def workers_page(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """Those that are connected to any engine, by queue."""
    require(request, Action.READ)
    context = {
        **context_of(site, request, "Workers"),
        "workers": reader.workers(DEFAULT_NAMESPACE),
    }
    return TemplateResponse(request, "sched/admin/workers.html", context)


def _refusals(query: QueryDict, *choices: Choice) -> list[str]:
    return [refusal for each in choices if (refusal := each.refusal(query))]


def _page(rows: QuerySet[Any], query: QueryDict) -> tuple[Sequence[Any], dict[str, str]]:
    """The rows, and the addresses of the pages before and after."""
    number = min(max(number_of(query.get("page", "")), 1), PAGES)
    found = list(rows[(number - 1) * ROWS : number * ROWS + 1])
    around = {}
    if number > 1:
        around["before"] = _address(query, number - 1)
    if len(found) > ROWS and number < PAGES:
        around["after"] = _address(query, number + 1)
    return found[:ROWS], around


def _address(query: QueryDict, page: int) -> str:
    changed = query.copy()
    changed["page"] = str(page)
    return f"?{changed.urlencode()}"


def _task(row: Task, now: datetime, *, payloads: bool) -> dict[str, Any]:
    since = row.claimed_at or row.created_at
    parked = row.owner is None and row.visible_at > now
    return {
        "row": row,
        "kind": "workflow" if row.kind == TaskKind.WORKFLOW else "activity",
        "state": "held" if row.owner is not None else "parked" if parked else "waiting",
        "since": span_text(now - since),
        "problem": reader.problem_shown(row.problem or "", payloads=payloads),
        "left": span_text(row.visible_at - now) if parked else "",
    }


def _timer(row: Timer, workflow_id: str, now: datetime) -> dict[str, Any]:
    names = {int(kind): name for kind, name in TIMER_NAMES.items()}
    return {
        "row": row,
        "workflow_id": workflow_id,
        "kind": names.get(row.kind, f"kind {row.kind}"),
        "is_overdue": row.due_at < now,
        "left": span_text(abs(row.due_at - now)),
    }
