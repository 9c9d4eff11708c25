"""What needs an operator: that of the admin's page, for programs."""

from rest_framework.request import Request
from rest_framework.response import Response

from timers.clock import SystemClock
from workflows.access.actions import Action
from workflows.api import access, attention_schema
from workflows.api.shapes import Document, instant
from workflows.api.views.base import View
from workflows.service import attention


class Attention(View):
    actions = {"GET": Action.READ}

    @attention_schema.attention
    def get(self, request: Request) -> Response:
        found = attention.find_all(SystemClock().now(), payloads=access.may_see_payloads(request))
        return Response({"troubles": list(map(_trouble, found))})


def _trouble(found: attention.Found) -> Document:
    return {
        "kind": found.slug,
        "title": found.title,
        "found": found.count,
        "bounded": found.is_bounded,
        "findings": list(map(_finding, found.findings)),
    }


def _finding(finding: attention.Finding) -> Document:
    return {
        "workflowId": finding.workflow_id or None,
        "runId": finding.run_id or None,
        "taskQueue": finding.queue or None,
        "bulkOperation": finding.operation or None,
        "what": finding.says,
        "advice": finding.advice,
        "since": instant(finding.since),
    }
