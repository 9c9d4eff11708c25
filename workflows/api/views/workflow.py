"""`/api/workflows/{id}`: one execution, seen and steered."""

from collections.abc import Callable
from dataclasses import replace

from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response

from workflows.access.actions import Action
from workflows.access.audit import Act
from workflows.api import access, acts, requests, schema
from workflows.api.views.base import View
from workflows.api.waiting import outcome_within
from workflows.codec.inbox import Steering as Steer
from workflows.core.inputs import SignalSent
from workflows.core.keys import DEFAULT_NAMESPACE
from workflows.service.lookup import not_found
from workflows.store import inline, reader


class OneWorkflow(View):
    """A path below one workflow id."""

    actions = {"GET": Action.READ}
    parameters = {"GET": ("runId",), "POST": ("runId",)}

    def found(self, workflow_id: str) -> reader.Execution:
        """The execution that the path and `runId` name.

        Raises:
            Invalid: one of them is no id.
            Rejected: NOT_FOUND.
        """
        requests.workflow_id_of(workflow_id)
        run_id = requests.run_id_of(self.request.query_params)
        execution = reader.find(DEFAULT_NAMESPACE, workflow_id, run_id)
        if execution is None:
            raise not_found(workflow_id, run_id)
        return execution


class Workflow(OneWorkflow):
    @schema.get
    def get(self, request: Request, workflow_id: str) -> Response:
        return Response(self.shapes().description(reader.describe(self.found(workflow_id))))


class Pending(OneWorkflow):
    @schema.pending
    def get(self, request: Request, workflow_id: str) -> Response:
        return Response(self.shapes().pending(reader.describe(self.found(workflow_id))))


class History(OneWorkflow):
    parameters = {"GET": ("runId", "after", "pageSize")}

    @schema.history
    def get(self, request: Request, workflow_id: str) -> Response:
        query = request.query_params
        after = requests.whole_number(query, "after", 0, least=0, most=requests.EVENTS_MAX)
        size = requests.whole_number(
            query, "pageSize", requests.HISTORY_PAGE_SIZE, least=1, most=requests.HISTORY_PAGE_SIZE_MAX
        )
        execution = self.found(workflow_id)
        events = reader.events(execution.run_id, after=after, limit=size)
        more = bool(events) and events[-1].number < execution.history_length
        shown = self.shapes()
        document = {
            "runId": execution.run_id,
            "events": [shown.event(event) for event in events],
            "nextAfter": events[-1].number if more else None,
        }
        return Response(document)


class Result(OneWorkflow):
    parameters = {"GET": ("runId", "wait")}

    @schema.result
    def get(self, request: Request, workflow_id: str) -> Response:
        seconds = requests.wait_seconds(request.query_params)
        execution = self.found(workflow_id)
        return Response(self.shapes().outcome(outcome_within(execution.run_id, seconds)))


class Steering(OneWorkflow):
    """A request to one execution, accepted once it is durable; the engine decides it."""

    body_is_optional = False

    def steer(self, workflow_id: str, ask: Callable[..., Steer]) -> Response:
        """`ask` makes the input of the body's members."""
        requests.workflow_id_of(workflow_id)
        given = ask(
            self.members(optional=self.body_is_optional),
            requests.run_id_of(self.request.query_params),
            request_id=requests.request_id_of(self.request.headers),
            identity=access.identity_of(self.request),
        )
        why = acts.reason_of(self.request.headers)
        with transaction.atomic():
            steered = inline.steer(given, workflow_id=workflow_id, namespace=DEFAULT_NAMESPACE)
            if steered.changed:
                acts.record(self.request, self._act(given, workflow_id, steered.run_id, why))
        document = {"runId": steered.run_id, "changed": steered.changed, "status": steered.status.value}
        return Response(document, status=202)

    def _act(self, given: Steer, workflow_id: str, run_id: str, why: str) -> Act:
        action = self.actions["POST"]
        assert action is not None
        act = Act(action=action.value, workflow_id=workflow_id, run_id=run_id, reason=why)
        if isinstance(given, SignalSent):
            return replace(act, details={"name": given.name})
        return replace(act, reason=given.reason or why)


class Signal(Steering):
    actions = {"POST": Action.SIGNAL}

    @schema.signal
    def post(self, request: Request, workflow_id: str) -> Response:
        return self.steer(workflow_id, requests.signal_of)


class Cancel(Steering):
    actions = {"POST": Action.CANCEL}
    body_is_optional = True

    @schema.cancel
    def post(self, request: Request, workflow_id: str) -> Response:
        return self.steer(workflow_id, requests.cancel_of)


class Terminate(Steering):
    actions = {"POST": Action.TERMINATE}
    body_is_optional = True

    @schema.terminate
    def post(self, request: Request, workflow_id: str) -> Response:
        return self.steer(workflow_id, requests.terminate_of)
