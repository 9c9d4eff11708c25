"""What a client asks without changing anything, as messages of the contract: payloads are the bytes that are stored.

`AsyncClient` makes values of them. Who only shows or passes on what is stored, as the command line does, takes them as
they are: nothing is lost of a number, and a payload of another encoding is no error.
"""

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol, Unpack

from sched_sdk import clock
from sched_sdk.arguments import EVENTS_MAX, check_whole
from sched_sdk.client import requests
from sched_sdk.client.requests import ListFilters
from sched_sdk.durations import Duration, as_microseconds
from sched_sdk.proto.v1 import common_pb2, workflow_pb2
from sched_sdk.proto.v1.history_pb2 import HistoryEvent
from sched_sdk.refusals import EngineTimeoutError
from sched_sdk.registry import check_identifier
from sched_sdk.transport import Target

# One long poll, for a result or an event; the engine answers without it then, and we ask again.
WAIT_SECONDS = 20.0
# An engine with too many followers answers at once, as if the time were up.
FOLLOW_PAUSE_SECONDS = 1.0
# Waiting without a limit goes on through any outage; a number keeps the arithmetic plain.
_FOR_EVER = dt.timedelta(days=36_500)
_RUNNING = common_pb2.WORKFLOW_STATUS_RUNNING


class Call(Protocol):
    """A call of the contract by its name, repeated while the engine is away."""

    async def __call__(
        self, method: str, request: Any, *, extra_seconds: float = 0.0, retry_for: dt.timedelta | None = None
    ) -> Any:
        """The answer.

        Args:
            method: Of WorkflowService.
            request: It must be safe to repeat.
            extra_seconds: What the engine may wait, in addition to what any call may take.
            retry_for: How long to repeat; the client's own unless given.
        """


class Reads:
    """The reads of one client. Errors are those of its calls.

    Args:
        target: Where the engine is; its namespace is the one asked.
        call: How it is asked.
    """

    def __init__(self, target: Target, call: Call) -> None:
        self._target = target
        self._call = call

    async def description(self, workflow_id: str, *, run_id: str = "") -> workflow_pb2.WorkflowDescription:
        """A run with its input, its outcome, and everything that is pending."""
        request = workflow_pb2.GetWorkflowRequest(**requests.addressed(self._target, workflow_id, run_id))
        found: workflow_pb2.WorkflowDescription = await self._call("GetWorkflow", request)
        return found

    async def outcome(
        self,
        workflow_id: str,
        *,
        run_id: str = "",
        timeout: Duration | None = None,  # noqa: ASYNC109 - a duration of the contract
    ) -> workflow_pb2.GetWorkflowResultResponse:
        """How a run has ended; waits for that, through outages of the engine too.

        RUNNING: it had not ended, as far as the engine could be asked, when `timeout` was over.
        """
        end = _deadline(timeout)
        while True:
            left = WAIT_SECONDS if end is None else max(0.0, end - clock.monotonic())
            request = workflow_pb2.GetWorkflowResultRequest(
                **requests.addressed(self._target, workflow_id, run_id), wait_seconds=min(left, WAIT_SECONDS)
            )
            with contextlib.suppress(EngineTimeoutError):  # it hangs: that is no end of the run
                answer: workflow_pb2.GetWorkflowResultResponse = await self._call(
                    "GetWorkflowResult", request, extra_seconds=request.wait_seconds, retry_for=_left(end)
                )
                if answer.status != _RUNNING:
                    return answer
                run_id = answer.run_id or run_id  # that one, should another run follow
            if end is not None and clock.monotonic() >= end:
                return workflow_pb2.GetWorkflowResultResponse(run_id=run_id, status=_RUNNING)

    async def events(
        self,
        workflow_id: str,
        *,
        run_id: str = "",
        after: int = 0,
        follow: bool = False,
        on_hidden: Callable[[], None] = lambda: None,
    ) -> AsyncIterator[HistoryEvent]:
        """The events of one run with a greater number than `after`, page after page.

        Args:
            workflow_id: Its last run is meant, unless there is a `run_id`.
            run_id: Of the run.
            after: 0: from the first.
            follow: Goes on with events as they come, until the run has ended.
            on_hidden: Called before the events of each page that comes without payloads, which the key may not see.
        """
        check_whole(after, field="after", least=0, most=EVENTS_MAX)
        if follow and not run_id:  # that one, should another run follow
            run_id = (await self.description(workflow_id)).execution.run_id
        while True:
            begun = clock.monotonic()
            page = await self._page(workflow_id, run_id, after, WAIT_SECONDS if follow else 0.0)
            if page.payloads_hidden:
                on_hidden()
            for event in page.events:
                yield event
            after = page.events[-1].number if page.events else after
            if page.next_after:
                if not page.events:
                    return
            elif not follow or page.closed:
                return
            elif not page.events and clock.monotonic() - begun < FOLLOW_PAUSE_SECONDS:
                await asyncio.sleep(FOLLOW_PAUSE_SECONDS)

    async def _page(
        self, workflow_id: str, run_id: str, after: int, wait_seconds: float
    ) -> workflow_pb2.GetWorkflowHistoryResponse:
        request = workflow_pb2.GetWorkflowHistoryRequest(
            **requests.addressed(self._target, workflow_id, run_id), after=after, wait_seconds=wait_seconds
        )
        page: workflow_pb2.GetWorkflowHistoryResponse = await self._call(
            "GetWorkflowHistory", request, extra_seconds=wait_seconds
        )
        return page

    def executions(self, **filters: Unpack[ListFilters]) -> AsyncIterator[workflow_pb2.WorkflowExecution]:
        """Runs, newest first, page after page as they are asked for."""
        return self._pages(requests.list_request(self._target, filters))

    async def _pages(
        self, request: workflow_pb2.ListWorkflowsRequest
    ) -> AsyncIterator[workflow_pb2.WorkflowExecution]:
        while True:
            page = await self._call("ListWorkflows", request)
            for message in page.executions:
                yield message
            request.cursor = page.next_cursor
            if not request.cursor:
                return

    async def task_queue(self, name: str) -> workflow_pb2.DescribeTaskQueueResponse:
        """What waits on a task queue, and who serves it."""
        request = workflow_pb2.DescribeTaskQueueRequest(
            namespace=self._target.namespace, task_queue=check_identifier(name, field="task_queue")
        )
        found: workflow_pb2.DescribeTaskQueueResponse = await self._call("DescribeTaskQueue", request)
        return found

    async def workers(self, task_queue: str | None = None) -> workflow_pb2.ListWorkersResponse:
        """Who is connected to this engine, of one task queue or of all."""
        wanted = "" if task_queue is None else check_identifier(task_queue, field="task_queue")
        request = workflow_pb2.ListWorkersRequest(namespace=self._target.namespace, task_queue=wanted)
        found: workflow_pb2.ListWorkersResponse = await self._call("ListWorkers", request)
        return found


def _deadline(timeout: Duration | None) -> float | None:
    return None if timeout is None else clock.monotonic() + as_microseconds(timeout, field="timeout") / 1e6


def _left(end: float | None) -> dt.timedelta:
    return _FOR_EVER if end is None else dt.timedelta(seconds=max(0.001, end - clock.monotonic()))
