"""What clients ask for that writes or waits: for unary calls (`workflow_service`) and for those of a stream
(`call_stream`) the same. Each method checks a request, and returns what it does then."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from sched_sdk.proto.v1 import workflow_pb2 as pb

from workflows import tracing
from workflows.access.audit import NO_DETAILS
from workflows.core.inputs import Input, StartRequested
from workflows.core.keys import DEFAULT_NAMESPACE
from workflows.core.transition import Reply, Started, Steered
from workflows.rpc import messages, requests
from workflows.rpc.entrance import caller, check_result, sign
from workflows.rpc.open_call import Begin, OpenCall
from workflows.service import limits
from workflows.service.acts import Acts, Note, noting
from workflows.service.commits import Commits
from workflows.service.lookup import Lookup
from workflows.service.results import Results
from workflows.store.lanes import Lane
from workflows.store.outcome import Outcome

RESULT_SECONDS_MAX = 60.0
"""Of one long poll; the caller asks again."""


EndSpan = Callable[[], None]


def traced(start: StartRequested) -> tuple[StartRequested, EndSpan | None]:
    """The start with the context of a span of its own, and what ends that; if traces are asked for."""
    if tracing.current is None:
        return start, None
    headers, end = tracing.current.begin_start(
        start.workflow_type, start.workflow_id, start.run_id, start.headers
    )
    return replace(start, headers=headers), end


def _end_and_tell(
    end_span: EndSpan, tell: Callable[[Reply | BaseException], None], reply: Reply | BaseException
) -> None:
    end_span()
    tell(reply)


class Calls:
    """Lives on one event loop. Every method raises `Invalid` for a request that breaks a rule; nothing is done then.

    The method is called in the caller's context; what it returns may go on in any.
    """

    def __init__(self, commits: Commits, lookup: Lookup, results: Results, acts: Acts) -> None:
        self._commits = commits
        self._lookup = lookup
        self._results = results
        self._acts = acts

    def start(self, request: pb.StartWorkflowRequest) -> Begin:
        check_result(request.wait_seconds)
        start = requests.start_of(request)
        return self.begin_start(start, request.ByteSize(), request.wait_seconds, "start")

    def signal_with_start(self, request: pb.SignalWithStartWorkflowRequest) -> Begin:
        check_result(request.start.wait_seconds)
        start = requests.signal_start_of(request)
        return self.begin_start(start, request.ByteSize(), request.start.wait_seconds, "signal-with-start")

    def signal(self, request: pb.SignalWorkflowRequest) -> Begin:
        requests.check_signal(request)
        details = {"signalName": request.name}
        return self._steering(request, requests.signal_of, messages.signaled, "signal", details=details)

    def cancel(self, request: pb.CancelWorkflowRequest) -> Begin:
        requests.check_steering(request)
        return self._steering(
            request, requests.cancel_of, messages.cancel_asked, "cancel", reason=request.reason
        )

    def terminate(self, request: pb.TerminateWorkflowRequest) -> Begin:
        requests.check_steering(request)
        return self._steering(
            request, requests.terminate_of, messages.terminated, "terminate", reason=request.reason
        )

    def result(self, request: pb.GetWorkflowResultRequest) -> Begin:
        limits.require(
            requests.wait_error(request.wait_seconds),
            *requests.target_errors(request.namespace, request.workflow_id, request.run_id),
        )
        return partial(self._result, request, min(request.wait_seconds, RESULT_SECONDS_MAX))

    def begin_start(self, start: StartRequested, size: int, wait_seconds: float, action: str) -> Begin:
        """A start that has been checked. It waits in turn with those of its task queue.

        Args:
            action: as the audit names it.
        """
        note = self.note_of(start, action)
        start, end_span = traced(start)
        return partial(self._start, start, size, min(wait_seconds, RESULT_SECONDS_MAX), note, end_span)

    def note_of(self, start: StartRequested, action: str) -> Note | None:
        """What notes this start in the audit."""
        details = {"workflowName": start.workflow_type}
        return self._acts.by(caller(), action, namespace=start.namespace, details=details)

    def _start(
        self,
        start: StartRequested,
        size: int,
        seconds: float,
        note: Note | None,
        end_span: EndSpan | None,
        call: OpenCall,
    ) -> None:
        if seconds > 0:
            call.waiter = self._results.expect(start.run_id)
        started = noting(note, call.then(partial(self._started, start.run_id, seconds, call)))
        if end_span is not None:
            started = partial(_end_and_tell, end_span, started)
        self._commits.send(start, Lane.REQUESTS, started, size=size, queue=start.task_queue)

    def _started(self, run_id: str, seconds: float, call: OpenCall, reply: Reply) -> None:
        assert isinstance(reply, Started)
        call.committed()
        answer = messages.started(reply)
        if call.waiter is None:
            call.answer(answer)
            return
        ended = call.then(partial(_with_result, call, answer))
        if reply.run_id == run_id:
            call.waiter.within(seconds, ended)
            return
        call.waiter.close()
        call.waiter = self._results.wait(reply.run_id, seconds, ended)

    def _steering(
        self,
        request: Any,
        input_of: Callable[[Any, str], Input],
        message_of: Callable[[Steered], Any],
        action: str,
        *,
        reason: str = "",
        details: Mapping[str, object] = NO_DETAILS,
    ) -> Begin:
        note = self._acts.by(
            caller(),
            action,
            namespace=request.namespace,
            workflow_id=request.workflow_id,
            reason=reason,
            details=details,
        )
        sign(request)
        return partial(self._steer, request, input_of, message_of, note)

    def _steer(
        self,
        request: Any,
        input_of: Callable[[Any, str], Input],
        message_of: Callable[[Steered], Any],
        note: Note | None,
        call: OpenCall,
    ) -> None:
        """Which task queue its run is on, a steering does not say."""

        def found(run_id: str) -> None:
            given, size = input_of(request, run_id), request.ByteSize()
            self._commits.send(given, Lane.REQUESTS, noting(note, call.then(steered)), size=size)

        def steered(reply: Reply) -> None:
            assert isinstance(reply, Steered)
            call.committed()
            call.answer(message_of(reply))

        self._find(request, call.then(found))

    def _result(self, request: pb.GetWorkflowResultRequest, seconds: float, call: OpenCall) -> None:
        def found(run_id: str) -> None:
            call.waiter = self._results.wait(run_id, seconds, call.then(ended))

        def ended(outcome: Outcome) -> None:
            call.answer(messages.result_message(outcome))

        self._find(request, call.then(found))

    def _find(self, request: Any, found: Callable[[Any], None]) -> None:
        """The run that a request means."""
        namespace = request.namespace or DEFAULT_NAMESPACE
        self._lookup.find(namespace, request.workflow_id, request.run_id, found)


def _with_result(call: OpenCall, answer: pb.StartWorkflowResponse, outcome: Outcome) -> None:
    answer.result.CopyFrom(messages.result_message(outcome))
    call.answer(answer)
