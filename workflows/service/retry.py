"""A retry: a new run of a workflow id, which repeats one that has ended. Every door's is made here.

The start is that of the run's first event: same type, queue, input, timeout, memo and search attributes. Whether it may
be is the kernel's to say, as for any start: an open run of the id is in its way.
"""

from dataclasses import dataclass

from django.db import transaction

from workflows.codec.events import decode
from workflows.core.events import WorkflowExecutionStarted
from workflows.core.inputs import StartRequested
from workflows.core.keys import DEFAULT_NAMESPACE
from workflows.service import ids
from workflows.store import inline
from workflows.store.reader import damaged


@dataclass(frozen=True, slots=True, kw_only=True)
class Retried:
    """The new run and the one that it repeats. `started` is false for the answer to a repeated request id;
    `retry_of_run_id` is empty where that id was not used for a retry."""

    workflow_id: str
    run_id: str
    retry_of_run_id: str
    started: bool


def start_of(
    run_id: str,
    first: bytes,
    *,
    workflow_id: str,
    namespace: str = DEFAULT_NAMESPACE,
    request_id: str = "",
    identity: str = "",
) -> StartRequested:
    """The start that repeats a run.

    Args:
        run_id: the run to repeat.
        first: its serialized first event.
        workflow_id: whose run it is.
        namespace: of that id.
        request_id: of the retry.
        identity: of who asks for it.

    Raises:
        Rejected: DAMAGED, the event cannot be read, or is none of this run's.
    """
    started = _started(run_id, first)
    if (started.workflow_id, started.run_id) != (workflow_id, run_id):
        raise damaged(run_id, "event 1")
    return StartRequested(
        workflow_id=workflow_id,
        run_id=ids.new_run_id(),
        workflow_type=started.workflow_type,
        task_queue=started.task_queue,
        namespace=namespace,
        input=started.input,
        execution_timeout=started.execution_timeout,
        memo=started.memo,
        search_attributes=started.search_attributes,
        request_id=request_id,
        identity=identity,
        headers=started.headers,
        retry_of_run_id=run_id,
    )


def retry(
    workflow_id: str, *, run_id: str = "", request_id: str = "", identity: str = "", using: str = "default"
) -> Retried:
    """Retry in the caller's own transaction: `run_id`, or where that is empty the id's last run.

    Raises:
        Rejected: NOT_FOUND; ALREADY_EXISTS, a run of the id is open; DAMAGED; ID_BUSY, where a transaction that is not
            over uses the id.
    """
    with transaction.atomic(using=using):
        repeated, first = inline.first_event(workflow_id, run_id=run_id, using=using)
        given = start_of(repeated, first, workflow_id=workflow_id, request_id=request_id, identity=identity)
        found = inline.start(given, using=using)
        if not found.started:  # the id's last run is what the first of this request id has made, or newer
            made, first = inline.first_event(workflow_id, run_id=found.run_id, using=using)
            repeated = _started(made, first).retry_of_run_id
    return Retried(
        workflow_id=workflow_id, run_id=found.run_id, retry_of_run_id=repeated, started=found.started
    )


def _started(run_id: str, first: bytes) -> WorkflowExecutionStarted:
    try:
        event = decode(first)
    except Exception:  # whatever bytes do to a decoder
        raise damaged(run_id, "event 1") from None
    if not isinstance(event, WorkflowExecutionStarted) or event.number != 1:
        raise damaged(run_id, "event 1")
    return event
