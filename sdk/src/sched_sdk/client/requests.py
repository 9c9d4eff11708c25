"""From the arguments of a start or a list to its request; nothing is sent that cannot be right."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, TypedDict

from sched_sdk import clock, converter
from sched_sdk.arguments import check_instant, check_options, check_text, check_whole
from sched_sdk.client.vocabulary import (
    WorkflowIdConflictPolicy,
    WorkflowIdReusePolicy,
    WorkflowStatus,
    parse_word,
)
from sched_sdk.durations import Duration, as_microseconds, optional_microseconds
from sched_sdk.errors import ArgumentError
from sched_sdk.proto.v1 import common_pb2, workflow_pb2
from sched_sdk.registry import Registry, check_identifier
from sched_sdk.transport import Target

PAGE_SIZE_MAX = 500
"""The engine's own limit, told here with the argument's name."""


class StartOptions(TypedDict, total=False):
    """The keyword arguments of `start`.

    Attributes:
        workflow_id: Chosen by the engine unless given.
        request_id: Two starts with one request id have one effect; chosen for each call unless given.
        task_queue: The client's unless given.
        execution_timeout: The run ends TIMED_OUT after that.
        memo, search_attributes: JSON objects, stored and shown.
        conflict_policy: What to do when a run of the id is open: FAIL or USE_EXISTING.
        reuse_policy: What to do when the last run is closed: ALLOW_DUPLICATE, ALLOW_DUPLICATE_FAILED_ONLY or
            REJECT_DUPLICATE.
        wait: Answer with the result at once if the run ends within that; `handle.result()` then asks no more.
    """

    workflow_id: str | None
    request_id: str | None
    task_queue: str | None
    execution_timeout: Duration | None
    memo: Mapping[str, Any] | None
    search_attributes: Mapping[str, Any] | None
    conflict_policy: str | None
    reuse_policy: str | None
    wait: Duration | None


class ListFilters(TypedDict, total=False):
    """The keyword arguments of `list`; instants must be aware of their time zone."""

    status: str | None
    workflow_type: str
    task_queue: str
    started_after: dt.datetime | None
    started_before: dt.datetime | None
    id_prefix: str
    page_size: int


def start_request(
    target: Target,
    registry: Registry,
    task_queue: str,
    workflow: str | Callable[..., Any],
    input_: object,
    options: StartOptions,
) -> workflow_pb2.StartWorkflowRequest:
    """The request of one start.

    Without a workflow id the engine makes one that follows from the request id, so a repetition finds its run.
    """
    check_options(options, StartOptions)
    conflict = parse_word(WorkflowIdConflictPolicy, options.get("conflict_policy"), field="conflict_policy")
    reuse = parse_word(WorkflowIdReusePolicy, options.get("reuse_policy"), field="reuse_policy")
    return workflow_pb2.StartWorkflowRequest(
        namespace=target.namespace,
        workflow_id=_identifier(options.get("workflow_id"), "workflow_id"),
        workflow_type=workflow_name(registry, workflow),
        task_queue=_identifier(options.get("task_queue"), "task_queue") or task_queue,
        input=converter.encode(input_, field="input"),
        execution_timeout_us=optional_microseconds(
            options.get("execution_timeout"), field="execution_timeout"
        ),
        memo=_object(options.get("memo"), "memo"),
        search_attributes=_object(options.get("search_attributes"), "search_attributes"),
        request_id=_identifier(options.get("request_id"), "request_id") or clock.new_id(),
        reuse_policy=_proto(common_pb2.WorkflowIdReusePolicy, "WORKFLOW_ID_REUSE_POLICY_", reuse),
        conflict_policy=_proto(common_pb2.WorkflowIdConflictPolicy, "WORKFLOW_ID_CONFLICT_POLICY_", conflict),
        wait_seconds=_seconds(options.get("wait")),
        identity=target.identity,
    )


def addressed(target: Target, workflow_id: str, run_id: str) -> dict[str, Any]:
    """The fields by which a request names its run."""
    return {
        "namespace": target.namespace,
        "workflow_id": check_identifier(workflow_id, field="workflow_id"),
        "run_id": check_text(run_id, field="run_id"),
    }


def list_request(target: Target, filters: ListFilters) -> workflow_pb2.ListWorkflowsRequest:
    """The request of a list's first page."""
    check_options(filters, ListFilters)
    status = parse_word(WorkflowStatus, filters.get("status"), field="status")
    size = filters.get("page_size")
    return workflow_pb2.ListWorkflowsRequest(
        namespace=target.namespace,
        status=f"WORKFLOW_STATUS_{status}" if status else None,
        workflow_type=check_text(filters.get("workflow_type", ""), field="workflow_type"),
        task_queue=check_text(filters.get("task_queue", ""), field="task_queue"),
        started_after_us=_instant(filters.get("started_after"), "started_after"),
        started_before_us=_instant(filters.get("started_before"), "started_before"),
        id_prefix=check_text(filters.get("id_prefix", ""), field="id_prefix"),
        page_size=0 if size is None else check_whole(size, field="page_size", least=1, most=PAGE_SIZE_MAX),
    )


def workflow_name(registry: Registry, workflow: str | Callable[..., Any]) -> str:
    """The name of a workflow given by its name or by its registered function."""
    if isinstance(workflow, str):
        return check_identifier(workflow, field="workflow")
    for definition in registry.workflows.values():
        if definition.function is workflow:
            return definition.name
    raise ArgumentError("workflow", workflow, "must be a name, or a function registered as a workflow")


def _identifier(value: str | None, field: str) -> str:
    return "" if value is None else check_identifier(value, field=field)


def _object(value: Mapping[str, Any] | None, field: str) -> common_pb2.Payload | None:
    if value is not None and not isinstance(value, Mapping):
        raise ArgumentError(field, value, "must be a mapping of names to JSON values")
    return None if value is None else converter.encode(dict(value), field=field)


def _seconds(value: Duration | None) -> float:
    return 0.0 if value is None else as_microseconds(value, field="wait") / 1e6


def _instant(value: dt.datetime | None, field: str) -> int:
    if value is None:
        return 0
    since = check_instant(value, field=field) - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    return since // dt.timedelta(microseconds=1)


def _proto(words: Any, prefix: str, word: str | None) -> Any:
    return words.Value(prefix + word) if word is not None else 0
