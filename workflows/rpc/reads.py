"""The reads that do not wait, by django-grpc-framework: low rate, synchronous, on the threads for reads.

Its services raise what they like; `threaded` makes statuses of it, as everywhere else.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import wraps
from typing import Any

import grpc
from django_grpc_framework.services import Service
from sched_sdk.proto.v1 import workflow_pb2 as pb

from workflows.codec import values as v
from workflows.core.keys import DEFAULT_NAMESPACE, QueueKey, TaskKind
from workflows.rpc import messages, requests
from workflows.rpc.descriptions import description_message, execution_message
from workflows.rpc.hiding import are_hidden, hide_payloads
from workflows.rpc.refusals import answered
from workflows.service import cursors, limits
from workflows.service.errors import FieldError
from workflows.service.lookup import not_found
from workflows.service.reading import read
from workflows.store import reader

PAGE_DEFAULT = 50
PAGE_MAX = 500
INSTANT_MAX_US = 16_725_225_600_000_000


def threaded[Request, Reply](
    method: Callable[[Request, Any], Reply],
) -> Callable[[Any, Request, Any], Awaitable[Reply]]:
    """A method of a servicer of the framework's, for the asyncio server: on a thread, its errors as statuses."""

    @wraps(method)
    async def answer(_: Any, request: Request, context: Any) -> Reply:
        return await read(method, request, context)

    return answered(answer)


class WorkflowReads(Service):  # type: ignore[misc]
    """GetWorkflow, ListWorkflows, GetMetrics, DescribeTaskQueue. `matching` knows this engine's workers, the
    database those of the others."""

    matching: Any = None
    clock: Any = None

    def GetWorkflow(
        self, request: pb.GetWorkflowRequest, context: grpc.ServicerContext
    ) -> pb.WorkflowDescription:
        limits.require(*requests.target_errors(request.namespace, request.workflow_id, request.run_id))
        namespace = request.namespace or DEFAULT_NAMESPACE
        execution = reader.find(namespace, request.workflow_id, request.run_id)
        if execution is None:
            raise not_found(request.workflow_id, request.run_id)
        found = description_message(reader.describe(execution))
        if not are_hidden():
            return found
        found.payloads_hidden = True
        return hide_payloads(found)

    def ListWorkflows(
        self, request: pb.ListWorkflowsRequest, context: grpc.ServicerContext
    ) -> pb.ListWorkflowsResponse:
        size = request.page_size or PAGE_DEFAULT
        if not 1 <= size <= PAGE_MAX:
            limits.require(FieldError("page_size", str(size), f"must be 1 to {PAGE_MAX}"))
        filters = _filters(request)
        after = cursors.read(request.cursor, filters) if request.cursor else None
        found = reader.list_executions(filters, page_size=size + 1, after=after)
        page = found[:size]
        more = cursors.make(reader.position_of(page[-1]), filters) if len(found) > size else ""
        answer = pb.ListWorkflowsResponse(executions=map(execution_message, page), next_cursor=more)
        return hide_payloads(answer) if are_hidden() else answer

    def GetMetrics(
        self, request: pb.GetMetricsRequest, context: grpc.ServicerContext
    ) -> pb.GetMetricsResponse:
        limits.require(requests.namespace_error(request.namespace))
        totals = reader.totals(request.namespace or DEFAULT_NAMESPACE)
        return pb.GetMetricsResponse(
            statuses=[
                pb.StatusCount(status=messages.STATUSES[status], count=n)
                for status, n in totals.by_status.items()
            ],
            types=[pb.TypeCount(workflow_type=name, count=n) for name, n in totals.by_type.items()],
            average_duration_seconds=totals.average_duration.total_seconds()
            if totals.average_duration
            else 0,
        )

    def DescribeTaskQueue(
        self, request: pb.DescribeTaskQueueRequest, context: grpc.ServicerContext
    ) -> pb.DescribeTaskQueueResponse:
        limits.require(
            requests.namespace_error(request.namespace),
            limits.identifier_error("task_queue", request.task_queue),
        )
        namespace, name = request.namespace or DEFAULT_NAMESPACE, request.task_queue
        loads, workers = reader.queues(namespace, name), reader.workers(namespace, name)
        return pb.DescribeTaskQueueResponse(
            workflow_tasks=self._queue(QueueKey(namespace, TaskKind.WORKFLOW, name), loads, workers),
            activity_tasks=self._queue(QueueKey(namespace, TaskKind.ACTIVITY, name), loads, workers),
        )

    def _queue(
        self, queue: QueueKey, all_loads: Sequence[reader.QueueLoad], all_workers: Sequence[reader.Worker]
    ) -> pb.QueueKindDescription:
        loads = [load for load in all_loads if load.kind is queue.kind]
        oldest = min((load.oldest_at for load in loads if load.oldest_at is not None), default=None)
        others = [w for w in all_workers if w.kind is queue.kind and w.engine != self.matching.engine]
        here = messages.workers_here(self.matching.of(queue))
        return pb.QueueKindDescription(
            backlog=sum(load.backlog for load in loads),
            oldest_age_seconds=(self.clock.now() - oldest).total_seconds() if oldest else 0,
            in_flight=sum(load.in_flight for load in loads),
            workers=[*here, *map(messages.worker_elsewhere, others)],
        )


def _filters(request: pb.ListWorkflowsRequest) -> reader.Filters:
    unknown = request.status and request.status not in messages.STATUS_OF
    limits.require(
        requests.namespace_error(request.namespace),
        FieldError("status", str(request.status), "must be a WorkflowStatus") if unknown else None,
        limits.identifier_error("workflow_type", request.workflow_type) if request.workflow_type else None,
        limits.identifier_error("task_queue", request.task_queue) if request.task_queue else None,
        limits.identifier_error("id_prefix", request.id_prefix) if request.id_prefix else None,
        _instant_error("started_after_us", request.started_after_us),
        _instant_error("started_before_us", request.started_before_us),
    )
    return reader.Filters(
        namespace=request.namespace or DEFAULT_NAMESPACE,
        status=messages.STATUS_OF.get(request.status),
        workflow_type=request.workflow_type,
        task_queue=request.task_queue,
        started_after=_instant(request.started_after_us),
        started_before=_instant(request.started_before_us),
        id_prefix=request.id_prefix,
    )


def _instant_error(field: str, microseconds: int) -> FieldError | None:
    if 0 <= microseconds <= INSTANT_MAX_US:
        return None
    return FieldError(field, str(microseconds), "must be microseconds since 1970, before the year 2500")


def _instant(microseconds: int) -> datetime | None:
    return v.instant(microseconds) if microseconds else None
