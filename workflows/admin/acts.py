"""What an operator does to executions: signal, cancel, terminate, retry; which of them it touches, and how it is done.

Guarantees: all or nothing, in one transaction: what was asked of the runs and the audit's entry for each. A run that
has moved on since the preview is left alone, and told. The engine decides what was asked a moment after the commit.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from django.db import transaction

from timers.clock import SystemClock
from workflows.access import audit
from workflows.access.actions import Action
from workflows.access.principal import Principal
from workflows.admin.allowed import DOOR
from workflows.codec.inbox import Steering
from workflows.core.inputs import CancelRequested, SignalSent, TerminateRequested
from workflows.core.keys import DEFAULT_NAMESPACE
from workflows.core.rejection import Code, Rejected
from workflows.core.values import Payload, Status
from workflows.models import AuditEntry
from workflows.models import Execution as Row
from workflows.service import retry
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
    """What the operator said. `request_id` names repeats: a form that is sent twice does what it does once."""

    reason: str = ""
    signal: str = ""
    payload: Payload | None = None
    request_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """Run ids that resulted (a retry's is a new one), and why each of the others was not touched."""

    touched: tuple[str, ...]
    skipped: tuple[str, ...]


def _ended(execution: Execution) -> str:
    if execution.status is None:
        return "it is damaged"
    return "" if execution.is_open else f"it has ended ({execution.status.value})"


def _runs(execution: Execution) -> str:
    if execution.status is None:
        return "it is damaged"
    return "it is still running" if execution.is_open else ""


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
        Act(
            action=Action.RETRY,
            label="Retry",
            done="started again",
            tells="A new run of the same workflow id begins at the beginning: same type, queue, input and memo.",
            skips=_runs,
        ),
    )
}
"""By their verbs."""


def executions_by_id(run_ids: Sequence[str]) -> list[Execution]:
    """Those of the runs that there are, newest first."""
    assert len(run_ids) <= RUNS_MAX
    return list(executions_of(Row.objects.filter(run_id__in=run_ids).order_by("-started_at", "-run_id")))


def skipped_by(act: Act, executions: Sequence[Execution]) -> dict[str, str]:
    """Why the act would not touch them, by run id: of those that it would not touch."""
    found = {each.run_id: why for each in executions if (why := act.skips(each))}
    return found if act.action is not Action.RETRY else found | dict(_in_the_way(executions, found))


def perform(act: Act, who: Principal, given: Given, executions: Sequence[Execution]) -> Done:
    """Do it to each that it would touch."""
    skipped = skipped_by(act, executions)
    touched: dict[str, Execution] = {}
    entries: list[AuditEntry] = []
    with transaction.atomic():
        for each in executions:
            if each.run_id in skipped:
                continue
            try:
                result = _done(act, each, given, who.identity(DOOR))
            except Rejected as refusal:  # it has moved on since it was looked at
                skipped[each.run_id] = _REFUSALS.get(refusal.code, refusal.message)
                continue
            touched[result] = each
            entries.append(_entry(act, who, given, each, selected=len(executions), result=result))
        audit.write(entries)
    return Done(touched=tuple(touched), skipped=tuple(skipped.values()))


_REFUSALS: Final[Mapping[Code, str]] = {
    Code.CLOSED: "it has ended meanwhile",
    Code.NOT_FOUND: "it is gone",
    Code.ALREADY_EXISTS: "another run of its workflow id is open",
    Code.ID_BUSY: "another transaction uses its workflow id: try again",
}


def _done(act: Act, execution: Execution, given: Given, identity: str) -> str:
    """The run id that it resulted in.

    Raises:
        Rejected: it was not done.
    """
    # Request ids are of a workflow id, and two of its runs may be among the selected.
    request_id = f"{given.request_id}:{execution.run_id}" if given.request_id else ""
    if act.action is Action.RETRY:
        made = retry.retry(
            execution.workflow_id, run_id=execution.run_id, request_id=request_id, identity=identity
        )
        changed, run_id = made.started, made.run_id
    else:
        asked = _input(act, execution.run_id, replace(given, request_id=request_id), identity)
        found = inline.steer(asked, workflow_id=execution.workflow_id, namespace=execution.namespace)
        changed, run_id = found.changed, found.run_id
    if not changed:
        raise Rejected(Code.CLOSED, "it was done before")
    return run_id


def _in_the_way(executions: Sequence[Execution], skipped: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Of retries: a workflow id has one open run at most, and of those selected the newest is repeated."""
    names = {each.workflow_id for each in executions if each.run_id not in skipped}
    rows = Row.objects.filter(workflow_id__in=names, namespace=DEFAULT_NAMESPACE, status=Status.RUNNING)
    taken = set(rows.values_list("workflow_id", flat=True)) if names else set()
    chosen: set[str] = set()
    for each in executions:
        if each.run_id in skipped:
            continue
        if each.workflow_id in taken:
            yield each.run_id, "another run of its workflow id is open"
        elif each.workflow_id in chosen:
            yield each.run_id, "a newer run of its workflow id is selected"
        chosen.add(each.workflow_id)


def _input(act: Act, run_id: str, given: Given, identity: str) -> Steering:
    if act.action is Action.CANCEL:
        return CancelRequested(run_id=run_id, reason=given.reason, identity=identity)
    if act.action is Action.TERMINATE:
        return TerminateRequested(run_id=run_id, reason=given.reason, identity=identity)
    return SignalSent(
        run_id=run_id,
        name=given.signal,
        payload=given.payload,
        request_id=given.request_id,
        identity=identity,
    )


def _entry(
    act: Act, who: Principal, given: Given, execution: Execution, *, selected: int, result: str
) -> AuditEntry:
    details: dict[str, object] = {"signal": given.signal} if given.signal else {}
    if selected > 1:
        details["selected"] = selected
    if result != execution.run_id:
        details["newRunId"] = result
    told = audit.Act(
        action=act.verb,
        workflow_id=execution.workflow_id,
        run_id=execution.run_id,
        reason=given.reason,
        namespace=execution.namespace,
        details=details,
    )
    return audit.entry_of(who, DOOR, told, SystemClock().now())
