"""The service for clients: what writes, and what waits. The plain reads are in `reads`."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import grpc
from sched_sdk.proto.v1 import workflow_pb2 as pb

from workflows.core.inputs import StartRequested
from workflows.core.keys import DEFAULT_NAMESPACE
from workflows.core.transition import Reply, Started
from workflows.rpc import messages, requests
from workflows.rpc.admission import STREAMED_CALLS_MAX, Admission
from workflows.rpc.call_stream import CallStream
from workflows.rpc.calls import RESULT_SECONDS_MAX, Calls, EndSpan, traced
from workflows.rpc.entrance import sign
from workflows.rpc.hiding import are_hidden, hide_payloads
from workflows.rpc.open_call import answer_of
from workflows.rpc.reads import threaded
from workflows.rpc.refusals import REFUSALS, abort, answered, refusal_of
from workflows.service import limits, retry
from workflows.service.acts import Acts, Note, note_reply
from workflows.service.commits import Commits
from workflows.service.errors import FieldError, Invalid, invalid
from workflows.service.lookup import Lookup
from workflows.service.matching import Matching
from workflows.service.reading import read
from workflows.service.results import Results
from workflows.store import reader
from workflows.store.lanes import Lane

_LOGGER = logging.getLogger(__name__)

PAGE_DEFAULT = 1_000
PAGE_MAX = 5_000
FOLLOW_SECONDS = 0.1
"""Between two looks of a caller that follows a history."""
FOLLOWERS_MAX = 100
"""At once; each costs ten looks a second. Who comes beyond that is answered at once, as if the time were up."""
STARTS_MAX = 1_000
STARTS_AT_ONCE = 25
"""Read of one call before others have their turn: a thousand at once would hold up every other caller."""
type Context = grpc.aio.ServicerContext[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientDoor:
    """What the service stands on."""

    commits: Commits
    lookup: Lookup
    results: Results
    matching: Matching
    acts: Acts


class WorkflowServicer:
    """See protos/sched/v1/workflow.proto.

    Args:
        door: see `ClientDoor`.
        reads: a servicer for the reads that do not wait; they run in threads.
    """

    def __init__(self, door: ClientDoor, reads: Any) -> None:
        self._door = door
        self._calls = Calls(door.commits, door.lookup, door.results, door.acts)
        self._streamed = Admission("calls on the streams of clients", STREAMED_CALLS_MAX)
        self._streams: set[CallStream] = set()
        self._draining = False
        self._followers = 0
        self.GetWorkflow = partial(threaded(reads.GetWorkflow), self)
        self.ListWorkflows = partial(threaded(reads.ListWorkflows), self)
        self.GetMetrics = partial(threaded(reads.GetMetrics), self)
        self.DescribeTaskQueue = partial(threaded(reads.DescribeTaskQueue), self)

    @property
    def streams(self) -> int:
        """Streams that are open now. Any thread."""
        return len(self._streams)

    def drain(self) -> None:
        """Tell every client with a stream that this engine is about to stop."""
        self._draining = True
        for stream in self._streams:
            stream.drain()

    async def StreamCalls(
        self, request_iterator: AsyncIterator[pb.StreamCallsRequest], context: Context
    ) -> AsyncIterator[pb.StreamCallsResponse]:
        stream = CallStream(self._calls, self._streamed)
        self._streams.add(stream)
        if self._draining:
            stream.drain()
        receiving = asyncio.ensure_future(stream.receive(request_iterator))
        try:
            async for response in stream.responses():
                yield response
        finally:
            receiving.cancel()
            self._streams.discard(stream)
            stream.close()
            (ended,) = await asyncio.gather(receiving, return_exceptions=True)
        if isinstance(ended, Invalid):
            await abort(context, ended)

    @answered
    async def StartWorkflow(
        self, request: pb.StartWorkflowRequest, context: Context
    ) -> pb.StartWorkflowResponse:
        return await answer_of(self._calls.start(request), pb.StartWorkflowResponse)

    @answered
    async def StartWorkflows(
        self, request: pb.StartWorkflowsRequest, context: Context
    ) -> pb.StartWorkflowsResponse:
        if len(request.starts) > STARTS_MAX:
            raise invalid("starts", f"{len(request.starts)} starts", f"must be at most {STARTS_MAX}")
        at_once = [each for each in request.starts if _is_answered_at_once(each)]
        others = [each for each in request.starts if not _is_answered_at_once(each)]
        outcomes, waited = await asyncio.gather(
            self._start_all(at_once), asyncio.gather(*map(self._start_one, others))
        )
        found = {True: iter(outcomes), False: iter(waited)}
        return pb.StartWorkflowsResponse(
            outcomes=[next(found[_is_answered_at_once(each)]) for each in request.starts]
        )

    @answered
    async def SignalWithStartWorkflow(
        self, request: pb.SignalWithStartWorkflowRequest, context: Context
    ) -> pb.StartWorkflowResponse:
        return await answer_of(self._calls.signal_with_start(request), pb.StartWorkflowResponse)

    @answered
    async def SignalWorkflow(
        self, request: pb.SignalWorkflowRequest, context: Context
    ) -> pb.SignalWorkflowResponse:
        return await answer_of(self._calls.signal(request), pb.SignalWorkflowResponse)

    @answered
    async def CancelWorkflow(
        self, request: pb.CancelWorkflowRequest, context: Context
    ) -> pb.CancelWorkflowResponse:
        return await answer_of(self._calls.cancel(request), pb.CancelWorkflowResponse)

    @answered
    async def TerminateWorkflow(
        self, request: pb.TerminateWorkflowRequest, context: Context
    ) -> pb.TerminateWorkflowResponse:
        return await answer_of(self._calls.terminate(request), pb.TerminateWorkflowResponse)

    @answered
    async def RetryWorkflow(
        self, request: pb.RetryWorkflowRequest, context: Context
    ) -> pb.StartWorkflowResponse:
        """A new run of the same workflow id, with the same input. The last one must have ended."""
        limits.require(
            requests.request_id_error(request.request_id),
            limits.text_error("identity", request.identity, limits.IDENTITY_MAX),
        )
        sign(request)
        run_id = await self._run_id(request)
        first = next(iter(await read(reader.history, run_id, limit=1)), b"")
        start = retry.start_of(
            run_id,
            first,
            workflow_id=request.workflow_id,
            namespace=request.namespace or DEFAULT_NAMESPACE,
            request_id=request.request_id,
            identity=request.identity,
        )
        begin = self._calls.begin_start(start, len(first), 0, "retry")
        return await answer_of(begin, pb.StartWorkflowResponse)

    @answered
    async def GetWorkflowResult(
        self, request: pb.GetWorkflowResultRequest, context: Context
    ) -> pb.GetWorkflowResultResponse:
        return await answer_of(self._calls.result(request), pb.GetWorkflowResultResponse)

    @answered
    async def GetWorkflowHistory(
        self, request: pb.GetWorkflowHistoryRequest, context: Context
    ) -> pb.GetWorkflowHistoryResponse:
        """A page; with `wait_seconds` and nothing new, the answer waits for an event or the end.

        Workers replay what they get here, so a history with a damaged event is refused, not shortened.
        """
        size = request.page_size or PAGE_DEFAULT
        limits.require(
            requests.wait_error(request.wait_seconds),
            FieldError("after", str(request.after), "must not be negative") if request.after < 0 else None,
            FieldError("page_size", str(size), f"must be 1 to {PAGE_MAX}")
            if not 0 < size <= PAGE_MAX
            else None,
        )
        run_id = await self._run_id(request)
        follows = request.wait_seconds > 0 and self._followers < FOLLOWERS_MAX
        self._followers += follows
        try:
            seconds = min(request.wait_seconds, RESULT_SECONDS_MAX) if follows else 0.0
            page, last, closed = await self._followed(request, run_id, size, seconds)
        finally:
            self._followers -= follows
        after = request.after + len(page)
        numbered = enumerate(page, request.after + 1)
        events = [messages.event_message(run_id, each, number) for number, each in numbered]
        hidden = are_hidden(of_history=True)
        found = pb.GetWorkflowHistoryResponse(
            events=events, next_after=after if after < last else 0, closed=closed, payloads_hidden=hidden
        )
        return hide_payloads(found) if hidden else found

    @answered
    async def ListWorkers(self, request: pb.ListWorkersRequest, context: Context) -> pb.ListWorkersResponse:
        """This engine's as they are now, those of others as they have told of them."""
        limits.require(
            requests.namespace_error(request.namespace),
            limits.identifier_error("task_queue", request.task_queue) if request.task_queue else None,
        )
        namespace = request.namespace or DEFAULT_NAMESPACE
        elsewhere = await read(reader.workers, namespace, request.task_queue)
        matching = self._door.matching
        here = [each for each in matching.subscriptions if each.queue.namespace == namespace]
        wanted = [each for each in here if request.task_queue in ("", each.queue.queue)]
        others = [each for each in elsewhere if each.engine != matching.engine]
        found = [*messages.workers_here(wanted), *map(messages.worker_elsewhere, others)]
        return pb.ListWorkersResponse(workers=found)

    async def _followed(
        self, request: pb.GetWorkflowHistoryRequest, run_id: str, size: int, seconds: float
    ) -> tuple[Sequence[bytes], int, bool]:
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            page, last, closed = await read(self._page, request, run_id, size)
            waits = asyncio.get_running_loop().time() < deadline and not self._door.results.is_closed
            if page or closed or not waits:
                return page, last, closed
            await asyncio.sleep(FOLLOW_SECONDS)

    async def _start_all(self, starts: Sequence[pb.StartWorkflowRequest]) -> list[pb.StartOutcome]:
        """Those of a batch that wait for no result. The refusal of each is its own."""
        outcomes: dict[int, pb.StartOutcome] = {}
        inputs: dict[int, tuple[StartRequested, int, str]] = {}
        notes: dict[int, Note | None] = {}
        end_spans: list[EndSpan] = []
        for place, request in enumerate(starts):
            try:
                start, end_span = traced(requests.start_of(request))
                if end_span is not None:
                    end_spans.append(end_span)
                inputs[place] = (start, request.ByteSize(), start.task_queue)
                notes[place] = self._calls.note_of(start, "start")
            except Exception as error:  # it must not take the answers of the others along
                outcomes[place] = _refused(error)
            if place % STARTS_AT_ONCE == STARTS_AT_ONCE - 1:
                await asyncio.sleep(0)
        committed = self._commit_all(list(inputs.values()), list(notes.values()))
        replies = await asyncio.shield(committed)  # who has gone away is noted all the same
        for end_span in end_spans:
            end_span()
        for place, reply in zip(inputs, replies, strict=True):
            outcomes[place] = _outcome(reply)
        return [outcomes[place] for place in range(len(starts))]

    async def _commit_all(
        self, inputs: Sequence[tuple[StartRequested, int, str]], notes: Sequence[Note | None]
    ) -> list[Reply | BaseException]:
        replies = await self._door.commits.submit_all(inputs, Lane.REQUESTS)
        for note, reply in zip(notes, replies, strict=True):
            note_reply(note, reply)
        return replies

    async def _start_one(self, request: pb.StartWorkflowRequest) -> pb.StartOutcome:
        """One of a batch that waits for its result."""
        try:
            return pb.StartOutcome(
                response=await answer_of(self._calls.start(request), pb.StartWorkflowResponse)
            )
        except Exception as error:  # it must not take the answers of the others along
            return _refused(error)

    async def _run_id(self, request: Any) -> str:
        """The run a request means: the one it names, or the current one."""
        limits.require(*requests.target_errors(request.namespace, request.workflow_id, request.run_id))
        namespace = request.namespace or DEFAULT_NAMESPACE
        return await self._door.lookup.run(namespace, request.workflow_id, request.run_id)

    @staticmethod
    def _page(
        request: pb.GetWorkflowHistoryRequest, run_id: str, size: int
    ) -> tuple[Sequence[bytes], int, bool]:
        """Events, the number of the last one there is, and whether the run has ended."""
        namespace = request.namespace or DEFAULT_NAMESPACE
        execution = reader.find(namespace, request.workflow_id, run_id)
        assert execution is not None, "the run was found by its workflow id"
        page = reader.history(run_id, after=request.after, limit=size)
        return page, execution.history_length, not execution.is_open


def _is_answered_at_once(request: pb.StartWorkflowRequest) -> bool:
    return request.wait_seconds <= 0


def _outcome(reply: Reply | BaseException) -> pb.StartOutcome:
    if isinstance(reply, BaseException):
        return _refused(reply)
    assert isinstance(reply, Started)
    return pb.StartOutcome(response=messages.started(reply))


def _refused(error: BaseException) -> pb.StartOutcome:
    if not isinstance(error, REFUSALS):
        _LOGGER.error("a start of a batch failed", exc_info=error)
    refusal = refusal_of(error)
    return pb.StartOutcome(code=refusal.code, reason=refusal.reason, message=refusal.message)
