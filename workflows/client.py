"""Starting and steering workflows from Django code, in its own transaction.

```python
from workflows.client import start_workflow

with transaction.atomic():
    order.save()
    started = start_workflow("Ship", {"order": order.pk}, workflow_id=f"order-{order.pk}")
```

Guarantees: effective if and only if the caller's transaction commits; the ids are known at once; nothing is locked that
others wait for, but the workflow id (until the end of the transaction, for other starts of the same id). Where a
call is refused, it has changed nothing and the transaction goes on.

Does not: wait for anything to happen. A signal is recorded by the engine a moment after the commit.

Synchronous: from async code by `sync_to_async`, as all of Django's ORM inside a transaction.
"""

from dataclasses import dataclass
from datetime import timedelta

from workflows.codec.inbox import Steering
from workflows.core.inputs import CancelRequested, SignalSent, StartRequested, TerminateRequested
from workflows.core.keys import DEFAULT_NAMESPACE
from workflows.core.rejection import Code, Rejected
from workflows.core.transition import Steered
from workflows.core.values import ConflictPolicy, Payload, ReusePolicy, Status
from workflows.service import ids, limits, retry
from workflows.service.errors import FieldError, Invalid, invalid
from workflows.service.payloads import JsonValue, optional_payload
from workflows.service.retry import Retried
from workflows.store import inline

__all__ = [
    "Code",
    "ConflictPolicy",
    "Invalid",
    "Payload",
    "Rejected",
    "Retried",
    "ReusePolicy",
    "StartedWorkflow",
    "Status",
    "Steered",
    "cancel_workflow",
    "retry_workflow",
    "signal_workflow",
    "start_workflow",
    "terminate_workflow",
]

IDENTITY = "django"
"""Who asked, in the history."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedWorkflow:
    """A run. `started` is false where it was there before: by policy, or as the answer to a repeated request id."""

    workflow_id: str
    run_id: str
    started: bool


def start_workflow(
    name: str,
    input: JsonValue | Payload = None,  # noqa: A002 - the word of the whole contract
    *,
    workflow_id: str | None = None,
    request_id: str | None = None,
    task_queue: str = "default",
    execution_timeout: timedelta | float | None = None,
    memo: dict[str, JsonValue] | Payload | None = None,
    search_attributes: dict[str, JsonValue] | Payload | None = None,
    conflict_policy: ConflictPolicy | str = ConflictPolicy.FAIL,
    reuse_policy: ReusePolicy | str = ReusePolicy.ALLOW_DUPLICATE,
    using: str = "default",
) -> StartedWorkflow:
    """Start a workflow.

    Args:
        name: the workflow's type, as its worker registered it.
        input: any JSON value; None is no input. A `Payload` is stored byte for byte.
        workflow_id: chosen by the caller; None takes the run id.
        request_id: a repeat with the same one changes nothing and returns the first one's run.
        task_queue: whose workers run it.
        execution_timeout: the whole execution's limit; a number is one of seconds.
        memo: a JSON object, shown with the execution.
        search_attributes: a JSON object, shown with the execution.
        conflict_policy: what to do if a run of the id is open.
        reuse_policy: what to do if the last run of the id is closed.
        using: Django's database alias.

    Raises:
        Invalid: with the field, the value and the rule.
        Rejected: `ALREADY_EXISTS`, by the policies; `ID_BUSY`, where a transaction that is not over uses the id.
    """
    run_id = ids.new_run_id()
    limits.require(
        limits.name_error("name", name),
        None if workflow_id is None else limits.workflow_id_error("workflow_id", workflow_id),
        _identifier_error("request_id", request_id),
        limits.identifier_error("task_queue", task_queue),
    )
    given = StartRequested(
        workflow_id=workflow_id or ids.derived_id(request_id or "") or run_id,
        run_id=run_id,
        workflow_type=name,
        task_queue=task_queue,
        input=optional_payload("input", input),
        execution_timeout=limits.span("execution_timeout", execution_timeout),
        memo=optional_payload("memo", memo),
        search_attributes=optional_payload("search_attributes", search_attributes),
        request_id=request_id or "",
        identity=IDENTITY,
        conflict=_choice("conflict_policy", conflict_policy, ConflictPolicy),
        reuse=_choice("reuse_policy", reuse_policy, ReusePolicy),
    )
    limits.require(
        limits.shape_error("memo", given.memo),
        limits.shape_error("search_attributes", given.search_attributes),
    )
    found = inline.start(given, using=using)
    return StartedWorkflow(workflow_id=found.workflow_id, run_id=found.run_id, started=found.started)


def signal_workflow(
    workflow_id: str,
    name: str,
    payload: JsonValue | Payload = None,
    *,
    run_id: str | None = None,
    request_id: str | None = None,
    using: str = "default",
) -> Steered:
    """Send a signal to the current run of a workflow id, or to `run_id`.

    Raises:
        Invalid: with the field, the value and the rule.
        Rejected: `NOT_FOUND`; `CLOSED`, if the run has ended; `ID_BUSY`, where a transaction that is not over uses the
            request id.
    """
    limits.require(limits.name_error("name", name))
    given = SignalSent(
        run_id=run_id or "",
        name=name,
        payload=optional_payload("payload", payload),
        request_id=request_id or "",
        identity=IDENTITY,
    )
    return _steer(workflow_id, given, using)


def cancel_workflow(
    workflow_id: str,
    *,
    run_id: str | None = None,
    reason: str = "",
    request_id: str | None = None,
    using: str = "default",
) -> Steered:
    """Ask a run to stop: `Cancelled` is raised in its code. `changed` is false if it has ended or was asked before.

    Raises:
        Invalid: with the field, the value and the rule.
        Rejected: `NOT_FOUND`; `ID_BUSY`, where a transaction that is not over uses the request id.
    """
    given = CancelRequested(
        run_id=run_id or "", reason=reason, request_id=request_id or "", identity=IDENTITY
    )
    return _steer(workflow_id, given, using)


def terminate_workflow(
    workflow_id: str,
    *,
    run_id: str | None = None,
    reason: str = "",
    request_id: str | None = None,
    using: str = "default",
) -> Steered:
    """End a run without asking it. `changed` is false if it has ended.

    Raises:
        Invalid: with the field, the value and the rule.
        Rejected: `NOT_FOUND`; `ID_BUSY`, where a transaction that is not over uses the request id.
    """
    given = TerminateRequested(
        run_id=run_id or "", reason=reason, request_id=request_id or "", identity=IDENTITY
    )
    return _steer(workflow_id, given, using)


def retry_workflow(
    workflow_id: str,
    *,
    run_id: str | None = None,
    request_id: str | None = None,
    using: str = "default",
) -> Retried:
    """Start a new run that repeats the last run of a workflow id, or `run_id`: type, queue, input, timeout, memo and
    search attributes are that one's.

    Raises:
        Invalid: with the field, the value and the rule.
        Rejected: `NOT_FOUND`; `ALREADY_EXISTS`, if a run of the id is open; `DAMAGED`, if its start cannot be read;
            `ID_BUSY`, where a transaction that is not over uses the id.
    """
    _check_target(workflow_id, run_id or "", request_id)
    return retry.retry(
        workflow_id, run_id=run_id or "", request_id=request_id or "", identity=IDENTITY, using=using
    )


def _steer(workflow_id: str, given: Steering, using: str) -> Steered:
    reason = "" if isinstance(given, SignalSent) else given.reason
    reason_error = limits.text_error("reason", reason, limits.REASON_MAX)
    _check_target(workflow_id, given.run_id, given.request_id or None, reason_error)
    return inline.steer(given, workflow_id=workflow_id, namespace=DEFAULT_NAMESPACE, using=using)


def _check_target(workflow_id: str, run_id: str, request_id: str | None, *more: FieldError | None) -> None:
    limits.require(
        limits.workflow_id_error("workflow_id", workflow_id),
        _identifier_error("request_id", request_id),
        *more,
    )
    if run_id and not ids.is_run_id(run_id):
        raise invalid("run_id", run_id, "must be a UUID in its canonical form")


def _identifier_error(field: str, value: str | None) -> FieldError | None:
    return None if value is None else limits.identifier_error(field, value)


def _choice[P: (ConflictPolicy, ReusePolicy)](field: str, value: P | str, kind: type[P]) -> P:
    try:
        return kind(value)
    except ValueError:
        raise invalid(field, value, f"must be one of {', '.join(kind)}") from None
