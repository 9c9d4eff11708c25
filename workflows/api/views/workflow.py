"""`/api/workflows/{id}`: one execution, seen and steered."""

from collections.abc import Callable
from dataclasses import replace

from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response

from workflows.access.actions import Action
from workflows.access.audit import Act
from workflows.api import access, acts, body, etags, requests, schema
from workflows.api.shapes import Document
from workflows.api.views.base import Read, View
from workflows.api.waiting import outcome_within
from workflows.codec.inbox import Steering as Steer
from workflows.core.inputs import SignalSent
from workflows.core.keys import DEFAULT_NAMESPACE
from workflows.service.lookup import not_found
from workflows.service.retry import Retried, retry
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

    def described(self, execution: reader.Execution, view: str, document: Read, *, final: bool) -> Response:
        """The document, or 304. Where it is `final` the header tells whether the caller has it."""
        payloads = self.shapes().payloads
        if final:
            return self.unless_known(etags.of_end(execution, view, payloads), document)
        made = document()
        return self.unless_known(etags.of_document(made[0], view, payloads), lambda: made)


class Workflow(OneWorkflow):
    @schema.get
    def get(self, request: Request, workflow_id: str) -> Response:
        execution, shown = self.found(workflow_id), self.shapes()

        def document() -> tuple[Document, bool]:
            found = reader.describe(execution)
            return shown.description(found), bool(found.execution.damage)

        return self.described(execution, "execution", document, final=not execution.is_open)


class Pending(OneWorkflow):
    @schema.pending
    def get(self, request: Request, workflow_id: str) -> Response:
        execution, shown = self.found(workflow_id), self.shapes()

        def document() -> tuple[Document, bool]:
            found = reader.describe(execution)
            return shown.pending(found), bool(found.execution.damage)

        final = not execution.is_open and not reader.has_activities(execution.run_id)
        return self.described(execution, "pending", document, final=final)


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
        tag = etags.of_page(execution, "history", self.shapes().payloads, after=after, size=size)
        return self.unless_known(tag, lambda: self._page(execution, after, size))

    def _page(self, execution: reader.Execution, after: int, size: int) -> tuple[Document, bool]:
        events = reader.events(execution.run_id, after=after, limit=size)
        more = bool(events) and events[-1].number < execution.history_length
        shown = self.shapes()
        document = {
            "runId": execution.run_id,
            "events": [shown.event(event) for event in events],
            "nextAfter": events[-1].number if more else None,
            **shown.withheld,
        }
        return document, any(isinstance(event, reader.Unreadable) for event in events)


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


class Retry(OneWorkflow):
    """Accepted, as the others are: what the new run does comes later."""

    actions = {"POST": Action.RETRY}

    @schema.retry
    def post(self, request: Request, workflow_id: str) -> Response:
        requests.workflow_id_of(workflow_id)
        body.known(self.members(optional=True), ())
        why = acts.reason_of(request.headers)
        with transaction.atomic():
            retried = retry(
                workflow_id,
                run_id=requests.run_id_of(request.query_params),
                request_id=requests.request_id_of(request.headers),
                identity=access.identity_of(request),
            )
            if retried.started:
                acts.record(request, _retry_act(workflow_id, retried, why))
        document = {
            "workflowId": retried.workflow_id,
            "runId": retried.run_id,
            "retryOfRunId": retried.retry_of_run_id or None,
        }
        return Response(document, status=202)


def _retry_act(workflow_id: str, retried: Retried, why: str) -> Act:
    return Act(
        action=Action.RETRY.value,
        workflow_id=workflow_id,
        run_id=retried.run_id,
        reason=why,
        details={"retryOfRunId": retried.retry_of_run_id},
    )


class Terminate(Steering):
    actions = {"POST": Action.TERMINATE}
    body_is_optional = True

    @schema.terminate
    def post(self, request: Request, workflow_id: str) -> Response:
        return self.steer(workflow_id, requests.terminate_of)
