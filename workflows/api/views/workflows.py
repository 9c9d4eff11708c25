"""`/api/workflows`: start, list, count."""

from rest_framework.request import Request
from rest_framework.response import Response

from workflows.api import access, requests, schema, shapes
from workflows.api.views.base import View
from workflows.service import cursors
from workflows.store import inline, reader


class Workflows(View):
    parameters = {"GET": (*requests.FILTER_NAMES, "pageSize", "cursor")}

    @schema.start
    def post(self, request: Request) -> Response:
        start = requests.start_of(
            self.members(),
            request_id=requests.request_id_of(request.headers),
            identity=access.identity_of(request),
        )
        started = inline.start(start)
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
        found = reader.list_executions(filters, page_size=size + 1, after=after)
        page, more = found[:size], len(found) > size
        shown = self.shapes()
        document = {
            "workflows": [shown.execution(each) for each in page],
            "nextCursor": cursors.make(reader.position_of(page[-1]), filters) if more else None,
        }
        return Response(document)


class Counts(View):
    parameters = {"GET": requests.FILTER_NAMES}

    @schema.counts
    def get(self, request: Request) -> Response:
        found = reader.counts(requests.filters_of(request.query_params))
        return Response({**shapes.counts(found.by_status), "approximate": found.approximate})
