"""`/api/workflows`: start, list, count."""

from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response

from workflows.access.actions import Action
from workflows.access.audit import Act
from workflows.api import access, acts, pages, requests, schema, shapes
from workflows.api.views.base import View
from workflows.core.inputs import StartRequested
from workflows.service import cursors
from workflows.store import inline, reader


class Workflows(View):
    actions = {"GET": Action.READ, "POST": Action.START}
    parameters = {"GET": (*requests.FILTER_NAMES, "pageSize", "cursor")}

    @schema.start
    def post(self, request: Request) -> Response:
        start = requests.start_of(
            self.members(),
            request_id=requests.request_id_of(request.headers),
            identity=access.identity_of(request),
        )
        reason = acts.reason_of(request.headers)
        with transaction.atomic():
            started = inline.start(start)
            if started.started:
                acts.record(request, _act_of(start, started.run_id, reason))
        document = {
            "workflowId": started.workflow_id,
            "runId": started.run_id,
            "started": started.started,
        }
        return Response(document, status=201 if started.started else 200)

    @schema.listing
    def get(self, request: Request) -> Response:
        query = request.query_params
        filters = requests.filters_of(query)
        size = requests.whole_number(
            query, "pageSize", requests.PAGE_SIZE, least=1, most=requests.PAGE_SIZE_MAX
        )
        after = cursors.read(query["cursor"], filters) if "cursor" in query else None
        return Response(pages.executions(filters, self.shapes(), size=size, after=after))


class Counts(View):
    actions = {"GET": Action.READ}
    parameters = {"GET": requests.FILTER_NAMES}

    @schema.counts
    def get(self, request: Request) -> Response:
        return Response(shapes.counted(reader.counts(requests.filters_of(request.query_params))))


def _act_of(start: StartRequested, run_id: str, reason: str) -> Act:
    return Act(
        action=Action.START.value,
        workflow_id=start.workflow_id,
        run_id=run_id,
        reason=reason,
        details={"workflowName": start.workflow_type},
    )
