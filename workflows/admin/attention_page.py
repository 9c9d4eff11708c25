"""The page of what needs an operator."""

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from timers.clock import SystemClock
from workflows.access.actions import Action
from workflows.admin.allowed import require
from workflows.admin.context import context_of
from workflows.admin.texts import span_text
from workflows.service import attention


def attention_page(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """A section for each kind that there is something of."""
    who = require(request, Action.READ)
    now = SystemClock().now()
    found = [each for each in attention.find_all(now, payloads=who.may(Action.SEE_PAYLOADS)) if each.count]
    sections = [
        (
            each,
            [(finding, span_text(now - finding.since) if finding.since else "") for finding in each.findings],
        )
        for each in found
    ]
    context = {
        **context_of(site, request, "Needs attention"),
        "sections": sections,
        "count": sum(each.count for each in found),
        "now": now,
    }
    return TemplateResponse(request, "sched/admin/attention.html", context)
