"""The page of what needs an operator."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode

from timers.clock import SystemClock
from workflows.access.actions import Action
from workflows.admin.allowed import require
from workflows.admin.context import context_of
from workflows.admin.texts import span_text
from workflows.service import attention

_ANY: Final = str(UUID(int=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A finding as text: there may be eight hundred, for which templates that find addresses and dates take longer than
    the database."""

    where: str
    address: str
    says: str
    since: str
    ago: str
    advice: str


def attention_page(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """A section for each kind that there is something of."""
    who = require(request, Action.READ)
    now = SystemClock().now()
    found = [each for each in attention.find_all(now, payloads=who.may(Action.SEE_PAYLOADS)) if each.count]
    page, tasks = reverse("admin:sched_workflows_execution_change", args=[_ANY]), reverse("admin:sched_tasks")
    context = {
        **context_of(site, request, "Needs attention"),
        "sections": [(each, [_row(one, now, page, tasks) for one in each.findings]) for each in found],
        "count": sum(each.count for each in found),
        "now": now,
    }
    return TemplateResponse(request, "sched/admin/attention.html", context)


def _row(finding: attention.Finding, now: datetime, page: str, tasks: str) -> Row:
    where, address = _place(finding, page, tasks)
    return Row(
        where=where,
        address=address,
        says=finding.says,
        since=f"{finding.since:%Y-%m-%d %H:%M:%S}" if finding.since else "",
        ago=span_text(now - finding.since) if finding.since else "",
        advice=finding.advice,
    )


def _place(finding: attention.Finding, page: str, tasks: str) -> tuple[str, str]:
    """What the finding is about, and where more is told of it; empty: nowhere here."""
    if finding.run_id:
        return finding.workflow_id or finding.run_id, page.replace(_ANY, finding.run_id)
    if finding.operation:
        return f"bulk/{finding.operation}", ""
    return finding.queue, f"{tasks}?{urlencode({'state': 'waiting', 'queue': finding.queue})}"
