"""An inline signal, cancel request or termination."""

from dataclasses import replace

from django.db import transaction

from workflows.codec.inbox import Steering
from workflows.core.decide.legal import Verdict, verdict
from workflows.core.inputs import CancelRequested
from workflows.core.keys import DEFAULT_NAMESPACE
from workflows.core.rejection import Code, Rejected
from workflows.core.state import State
from workflows.core.transition import Steered
from workflows.points import Point, reach
from workflows.store import wakeups
from workflows.store.inline.holding import hold
from workflows.store.inline.tables import Tables, put, remember, run_of, tables


def steer(
    given: Steering, *, workflow_id: str, namespace: str = DEFAULT_NAMESPACE, using: str = "default"
) -> Steered:
    """Put it into the inbox of a run: of `given.run_id`, or where that is empty of the id's current run.

    `changed` is false where it was a repeat, or came too late to matter; then nothing was written.

    Raises:
        Rejected: NOT_FOUND; CLOSED, for a signal to a run that has ended; ID_BUSY, where another transaction that is
            not over uses the request id.
    """
    with transaction.atomic(using=using):
        found = tables(using)
        run = run_of(found, namespace, workflow_id, given.run_id)
        if _is_repeat(found, run, given.request_id) or _is_moot(run, given):
            return Steered(run_id=run.run_id, changed=False, status=run.status)
        put(found, run, replace(given, run_id=run.run_id))
        if given.request_id:
            remember(found, run, given.request_id)
        wakeups.announce(found.connection, run_ids=[run.run_id])
        reach(Point.INLINE_WRITTEN)
    return Steered(run_id=run.run_id, changed=True, status=run.status)


def _is_repeat(found: Tables, run: State, request_id: str) -> bool:
    if not request_id:
        return False
    name = (run.namespace, run.workflow_id)
    hold(lambda: found.try_request(name, request_id), f"request id {request_id!r}")
    return found.request(name, request_id) is not None


def _is_moot(run: State, given: Steering) -> bool:
    """By the kernel's table of what is legal in which status."""
    found = verdict(run.status, type(given))
    if found is Verdict.CLOSED:
        raise Rejected(Code.CLOSED, f"the execution is {run.status}", run_id=run.run_id)
    return found is Verdict.NOOP or (isinstance(given, CancelRequested) and run.cancel_requested)
