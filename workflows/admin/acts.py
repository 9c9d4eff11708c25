"""What an operator does to executions: signal, cancel, terminate; which of them it touches, and how it is done.

Guarantees: all or nothing, in one transaction: what was asked of the runs and the audit's entry for each. A run that
has moved on since the preview is left alone, and told. The engine decides what was asked a moment after the commit.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import transaction

from timers.clock import SystemClock
from workflows.access import audit
from workflows.access.actions import Action
from workflows.access.principal import Principal
from workflows.admin.allowed import DOOR
from workflows.codec.inbox import Steering
from workflows.core.inputs import CancelRequested, SignalSent, TerminateRequested
from workflows.core.rejection import Code, Rejected
from workflows.core.values import Payload
from workflows.models import AuditEntry
from workflows.models import Execution as Row
from workflows.store import inline
from workflows.store.reader import Execution
from workflows.store.reader.executions import executions_of

RUNS_MAX: Final = 1_000
"""Acted on at once: they are one transaction, and one statement finds them. More are a bulk operation's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing to do.

    Attributes:
        done: as in "3 executions were terminated".
        tells: what it does, for who is about to do it.
        skips: why it would not touch an execution; empty if it would.
    """

    action: Action
    label: str
    done: str
    tells: str
    skips: Callable[[Execution], str]
    needs_reason: bool = False

    @property
    def verb(self) -> str:
        return self.action.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the operator said. `request_id` names a signal's repeats: a form that is sent twice sends one."""

    reason: str = ""
    signal: str = ""
    payload: Payload | None = None
    request_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """Run ids of those that were touched, and how many were not."""

    touched: tuple[str, ...]
    skipped: int


def _ended(execution: Execution) -> str:
    if execution.status is None:
        return "it is damaged"
    return "" if execution.is_open else f"it has ended ({execution.status.value})"


def _canceled(execution: Execution) -> str:
    return _ended(execution) or ("it was asked to stop before" if execution.cancel_requested else "")


ACTS: Final[Mapping[str, Act]] = {
    act.verb: act
    for act in (
        Act(
            action=Action.SIGNAL,
            label="Signal",
            done="signalled",
            tells="The signal is put into the history, and handed to the code when it waits for one of this name.",
            skips=_ended,
        ),
        Act(
            action=Action.CANCEL,
            label="Cancel",
            done="asked to stop",
            tells="Its code is asked to stop: Cancelled is raised where it waits, and it may clean up first.",
            skips=_canceled,
        ),
        Act(
            action=Action.TERMINATE,
            label="Terminate",
            done="terminated",
            tells="It ends at once. Its code is not asked, and cleans nothing up. This cannot be undone.",
            skips=_ended,
            needs_reason=True,
        ),
    )
}
"""By their verbs."""


def executions_by_id(run_ids: Sequence[str]) -> list[Execution]:
    """Those of the runs that there are, newest first."""
    assert len(run_ids) <= RUNS_MAX
    return list(executions_of(Row.objects.filter(run_id__in=run_ids).order_by("-started_at", "-run_id")))


def perform(act: Act, who: Principal, given: Given, executions: Sequence[Execution]) -> Done:
    """Do it to each that it would touch."""
    identity = who.identity(DOOR)
    with transaction.atomic():
        touched = [
            each
            for each in executions
            if not act.skips(each) and _steered(each, _input(act, each, given, identity))
        ]
        audit.write([_entry(act, who, given, each, len(executions)) for each in touched])
    return Done(touched=tuple(each.run_id for each in touched), skipped=len(executions) - len(touched))


def _steered(execution: Execution, asked: Steering) -> bool:
    """False if it has moved on since it was looked at."""
    try:
        return inline.steer(asked, workflow_id=execution.workflow_id, namespace=execution.namespace).changed
    except Rejected as refusal:
        if refusal.code in (Code.CLOSED, Code.NOT_FOUND):
            return False
        raise


def _input(act: Act, execution: Execution, given: Given, identity: str) -> Steering:
    run_id = execution.run_id
    if act.action is Action.CANCEL:
        return CancelRequested(run_id=run_id, reason=given.reason, identity=identity)
    if act.action is Action.TERMINATE:
        return TerminateRequested(run_id=run_id, reason=given.reason, identity=identity)
    return SignalSent(
        run_id=run_id,
        name=given.signal,
        payload=given.payload,
        # Request ids are of a workflow id, and two of its runs may be among the selected.
        request_id=f"{given.request_id}:{run_id}" if given.request_id else "",
        identity=identity,
    )


def _entry(act: Act, who: Principal, given: Given, execution: Execution, selected: int) -> AuditEntry:
    details: dict[str, object] = {"signal": given.signal} if given.signal else {}
    if selected > 1:
        details["selected"] = selected
    told = audit.Act(
        action=act.verb,
        workflow_id=execution.workflow_id,
        run_id=execution.run_id,
        reason=given.reason,
        namespace=execution.namespace,
        details=details,
    )
    return audit.entry_of(who, DOOR, told, SystemClock().now())
