"""What a check may find: rules by name, findings by place, and where to look."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from workflows.core.keys import DEFAULT_NAMESPACE


class Rule(enum.StrEnum):
    """What does not hold. The name is stable: scripts may match it."""

    HISTORY_GAP = "history-gap"
    """Numbers do not run 1, 2, 3 … to the header's last event."""
    HISTORY_UNREADABLE = "history-unreadable"
    """An event cannot be decoded, is of a type that this version does not know, or carries another number."""
    HISTORY_ORDER = "history-order"
    """An event that cannot follow the ones before it."""
    HISTORY_ENDS_TWICE = "history-ends-twice"
    EVENT_TYPE = "event-type"
    """The column by which events are searched is not the type of the event."""
    END = "end"
    """The header's status or closing time is not that of the terminal event."""
    HEADER = "header"
    """A column of the header is not what the events fold into."""
    HEADER_MISSING = "header-missing"
    ACTIVITY = "activity"
    ACTIVITY_MISSING = "activity-missing"
    ACTIVITY_EXTRA = "activity-extra"
    TASK = "task"
    TASK_MISSING = "task-missing"
    TASK_EXTRA = "task-extra"
    TIMER = "timer"
    TIMER_MISSING = "timer-missing"
    TIMER_EXTRA = "timer-extra"
    LEASE = "lease"
    """Operations of a task that contradict each other: an owner without a lease, a lease past its limit, and so on."""
    INBOX = "inbox"
    """An entry that the engine could not read."""
    PLACE = "place"
    """A row's namespace or shard is not that of its run."""
    ORPHAN = "orphan"
    """A row of a run of which there is neither header nor history."""
    CURRENT_RUN = "current-run"
    """A workflow id does not mean its latest run."""
    OPEN_TWICE = "open-twice"
    """A workflow id has more than one open run."""
    REQUEST = "request"
    """A request id was for a run of another workflow id."""

    @property
    def repairable(self) -> bool:
        """Whether the events tell what should be."""
        return self not in _BEYOND_REPAIR


_BEYOND_REPAIR = frozenset(
    {
        Rule.HISTORY_GAP,
        Rule.HISTORY_UNREADABLE,
        Rule.HISTORY_ORDER,
        Rule.HISTORY_ENDS_TWICE,
        Rule.INBOX,
        Rule.OPEN_TWICE,
        Rule.REQUEST,
    }
)

TEXT_MAX = 200
"""Characters of a value in a finding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it should be."""

    workflow_id: str
    """Empty where no row tells it."""
    namespace: str = DEFAULT_NAMESPACE
    run_id: str
    rule: Rule
    what: str
    """The column or row: `status`, `activity task 3/1`."""
    found: str
    expected: str

    @property
    def repairable(self) -> bool:
        return self.rule.repairable

    def __str__(self) -> str:
        place = f"{self.workflow_id or '-'} {self.run_id or '-'}"
        return f"{place} {self.rule}: {self.what}: is {self.found}, should be {self.expected}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which runs are checked: all, one, or those of a workflow id."""

    workflow_id: str = ""
    run_id: str = ""
    namespace: str = DEFAULT_NAMESPACE
    """Of the workflow id."""
    after: str = ""
    """Runs with a greater id alone: to go on where an earlier look has stopped."""


class Report(NamedTuple):
    """A whole check."""

    findings: tuple[Finding, ...]
    runs: int
    events: int

    @property
    def is_clean(self) -> bool:
        return not self.findings

    def __str__(self) -> str:
        return "\n".join(map(str, self.findings)) or f"{self.runs} runs, {self.events} events: nothing found"


def shown(value: object) -> str:
    """A value in a finding: payloads and failures are cut, never echoed at length."""
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    text = "none" if value is None else str(value)
    return text if len(text) <= TEXT_MAX else f"{text[:TEXT_MAX]}…"


def beyond_repair(findings: Iterable[Finding]) -> bool:
    return any(not finding.repairable for finding in findings)
