"""One run, looked at by every rule."""

from dataclasses import dataclass, field

from workflows.codec import inbox as inbox_codec
from workflows.core.events import WorkflowExecutionStarted
from workflows.core.keys import DEFAULT_NAMESPACE, shard_of
from workflows.store.fsck import children, header, leases
from workflows.store.fsck.children import A_ROW, NONE, check_place, task_name, timer_name
from workflows.store.fsck.due import Due
from workflows.store.fsck.finding import Finding, Rule, beyond_repair, shown
from workflows.store.fsck.history import History, read
from workflows.store.fsck.walk import RunRows


@dataclass(slots=True, kw_only=True)
class Examined:
    """A run that was looked at."""

    rows: RunRows
    history: History
    due: Due | None = None
    """None where the history does not fold, its end is missing, or there is none."""
    findings: list[Finding] = field(default_factory=list)


def examine(rows: RunRows) -> Examined:
    """Every rule about one run."""
    teller = _Teller(rows)
    history = read(rows.events, teller.tell)
    found = Examined(rows=rows, history=history, findings=teller.findings)
    if history.start is not None:
        teller.named_by(history.start)
    if rows.header is None and history.length == 0:
        _orphans(rows, teller)
    elif history.length == 0:
        teller.tell(Rule.HISTORY_GAP, "events", NONE, "1 to " + str(rows.header and rows.header.last_event))
    elif history.state is not None and not beyond_repair(teller.findings):
        _against_history(found, teller)
    return found


class _Teller:
    """Takes findings of one run."""

    def __init__(self, rows: RunRows) -> None:
        self.run_id = rows.run_id
        told = rows.header or next(iter(rows.tasks), None)
        self.workflow_id = told.workflow_id if told else ""
        self.namespace = told.namespace if told else DEFAULT_NAMESPACE
        self.findings: list[Finding] = []

    def named_by(self, start: WorkflowExecutionStarted) -> None:
        """The run's own word, where no row tells."""
        if not self.workflow_id:
            self.workflow_id, self.namespace = start.workflow_id, start.namespace

    def tell(self, rule: Rule, what: str, found: object, expected: object) -> None:
        self.findings.append(
            Finding(
                workflow_id=self.workflow_id,
                namespace=self.namespace,
                run_id=self.run_id,
                rule=rule,
                what=what,
                found=shown(found),
                expected=shown(expected),
            )
        )


def _against_history(found: Examined, teller: _Teller) -> None:
    rows, history = found.rows, found.history
    assert history.state is not None
    if rows.header is None:
        teller.tell(Rule.HEADER_MISSING, "header", NONE, A_ROW)
    else:
        different = header.differences(rows.header, history)
        header.check(rows.header, different, teller.tell)
        if header.tail_is_missing(different):
            return
    found.due = Due(rows, history)
    place = (history.state.namespace, shard_of(history.state.workflow_id))
    for other in sorted(history.places - {place}):
        teller.tell(Rule.PLACE, "events", f"{other[0]}/{other[1]}", f"{place[0]}/{place[1]}")
    children.check(rows, found.due, teller.tell)
    for task in rows.tasks:
        leases.check(task, teller.tell)
    _inbox(rows, place, teller)


def _inbox(rows: RunRows, place: tuple[str, int], teller: _Teller) -> None:
    for entry in rows.inbox:
        name = f"inbox entry {entry.id}"
        check_place(entry, name, place, teller.tell)
        try:
            inbox_codec.decode(entry.kind, rows.run_id, entry.data)
        except Exception as error:  # whatever the bytes are, it is a finding
            why = "set aside" if entry.kind < 0 else type(error).__name__
            wanted = "a signal, cancel request or termination"
            teller.tell(Rule.INBOX, name, f"kind {entry.kind}, {why}", wanted)


def _orphans(rows: RunRows, teller: _Teller) -> None:
    names = [f"activity {number}" for number in rows.activities]
    names += [task_name(task) for task in rows.tasks] + [timer_name(timer) for timer in rows.timers]
    for name in names + [f"inbox entry {entry.id}" for entry in rows.inbox]:
        teller.tell(Rule.ORPHAN, name, A_ROW, NONE)
