"""What clients ask for that writes or waits: for unary calls (`workflow_service`) and for those of a stream
(`call_stream`) the same. Each method checks a request, and returns what it does then."""

from collections.abc import Callable
from functools import partial
from typing import Any

from sched_sdk.proto.v1 import workflow_pb2 as pb

from workflows.core.inputs import Input, StartRequested
from workflows.core.keys import DEFAULT_NAMESPACE
from workflows.core.transition import Reply, Started, Steered
from workflows.rpc import messages, requests
from workflows.rpc.open_call import Begin, OpenCall
from workflows.service import limits
from workflows.service.commits import Commits
from workflows.service.lookup import Lookup
from workflows.service.results import Results
from workflows.store.lanes import Lane
from workflows.store.outcome import Outcome

RESULT_SECONDS_MAX = 60.0
"""Of one long poll; the caller asks again."""


class Calls:
    """Lives on one event loop. Every method raises `Invalid` for a request that breaks a rule; nothing is done then."""

    def __init__(self, commits: Commits, lookup: Lookup, results: Results) -> None:
        self._commits = commits
        self._lookup = lookup
        self._results = results

    def start(self, request: pb.StartWorkflowRequest) -> Begin:
        return self.begin_start(requests.start_of(request), request.ByteSize(), request.wait_seconds)

    def signal_with_start(self, request: pb.SignalWithStartWorkflowRequest) -> Begin:
        start = requests.signal_start_of(request)
        return self.begin_start(start, request.ByteSize(), request.start.wait_seconds)

    def signal(self, request: pb.SignalWorkflowRequest) -> Begin:
        requests.check_signal(request)
        return partial(self._steer, request, requests.signal_of, messages.signaled)

    def cancel(self, request: pb.CancelWorkflowRequest) -> Begin:
        requests.check_steering(request)
        return partial(self._steer, request, requests.cancel_of, messages.cancel_asked)

    def terminate(self, request: pb.TerminateWorkflowRequest) -> Begin:
        requests.check_steering(request)
        return partial(self._steer, request, requests.terminate_of, messages.terminated)

    def result(self, request: pb.GetWorkflowResultRequest) -> Begin:
        limits.require(
            requests.wait_error(request.wait_seconds),
            *requests.target_errors(request.namespace, request.workflow_id, request.run_id),
        )
        return partial(self._result, request, min(request.wait_seconds, RESULT_SECONDS_MAX))

    def begin_start(self, start: StartRequested, size: int, wait_seconds: float) -> Begin:
        """A start that has been checked. It waits in turn with those of its task queue."""
        return partial(self._start, start, size, min(wait_seconds, RESULT_SECONDS_MAX))

    def _start(self, start: StartRequested, size: int, seconds: float, call: OpenCall) -> None:
        if seconds > 0:
            call.waiter = self._results.expect(start.run_id)
        started = partial(self._started, start.run_id, seconds, call)
        self._commits.send(start, Lane.REQUESTS, call.then(started), size=size, queue=start.task_queue)

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

    def _steer(
        self,
        request: Any,
        input_of: Callable[[Any, str], Input],
        message_of: Callable[[Steered], Any],
        call: OpenCall,
    ) -> None:
        """Which task queue its run is on, a steering does not say."""

        def found(run_id: str) -> None:
            given, size = input_of(request, run_id), request.ByteSize()
            self._commits.send(given, Lane.REQUESTS, call.then(steered), size=size)

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
