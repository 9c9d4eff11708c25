"""`/api/bulk`: what is done to many executions at once."""

from rest_framework.request import Request
from rest_framework.response import Response

from timers.clock import SystemClock
from workflows.access.actions import Action
from workflows.api import access, body, bulk, bulk_schema, requests
from workflows.api.views.base import View
from workflows.models import BulkOperation
from workflows.service import bulk as service


class BulkView(View):
    """A path of bulk operations."""

    def shown(self, found: BulkOperation, status: int = 200) -> Response:
        return Response(bulk.operation(found, SystemClock().now()), status=status)


class Operations(BulkView):
    # What an operation does asks for its own action, which its body names: see `service.ask`.
    actions = {"GET": Action.READ, "POST": Action.READ}
    parameters = {"GET": ("pageSize", "before")}

    @bulk_schema.start
    def post(self, request: Request) -> Response:
        asked, only_look = bulk.asked_of(self.members(), request_id=requests.request_id_of(request.headers))
        if only_look:
            return Response(bulk.preview(service.preview(asked)))
        operation, _ = service.ask(asked, access.principal_of(request), access.DOOR)
        return self.shown(operation, 202)

    @bulk_schema.listing
    def get(self, request: Request) -> Response:
        query, most = request.query_params, bulk.OPERATIONS_MAX
        size = requests.whole_number(query, "pageSize", bulk.OPERATIONS, least=1, most=most)
        before = requests.whole_number(query, "before", bulk.BEFORE_MAX, least=1, most=bulk.BEFORE_MAX)
        found = service.listed(size=size, before=before)
        now = SystemClock().now()
        document = {
            "operations": [bulk.operation(each, now) for each in found],
            "nextBefore": found[-1].pk if len(found) == size else None,
        }
        return Response(document)


class Operation(BulkView):
    actions = {"GET": Action.READ}

    @bulk_schema.get
    def get(self, request: Request, number: int) -> Response:
        return self.shown(service.find(number))


class Stop(BulkView):
    # Whoever may do what it does may stop it: see `service.stop`.
    actions = {"POST": Action.READ}

    @bulk_schema.stop
    def post(self, request: Request, number: int) -> Response:
        body.known(self.members(optional=True), ())
        return self.shown(service.stop(number, access.principal_of(request), access.DOOR), 202)
