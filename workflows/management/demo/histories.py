"""Histories as text: `WS, Y, AS, {AC, TF}, 200 AC, WC`.

Each type of event has a short name. Braces hold events that come in any order; a number before a name repeats it.
"""

import re
from collections import Counter
from collections.abc import Sequence

SHORT_NAMES = {
    "WorkflowExecutionStarted": "WS",
    "WorkflowExecutionCompleted": "WC",
    "WorkflowExecutionFailed": "WF",
    "WorkflowExecutionTimedOut": "WTO",
    "WorkflowExecutionCancelRequested": "WCR",
    "WorkflowExecutionCanceled": "WX",
    "WorkflowExecutionTerminated": "WT",
    "WorkflowTaskCompleted": "Y",
    "ActivityTaskScheduled": "AS",
    "ActivityTaskCompleted": "AC",
    "ActivityTaskFailed": "AF",
    "ActivityTaskCanceled": "AX",
    "ActivityTaskTimedOut": "ATO",
    "ActivityTaskRetryScheduled": "AR",
    "ActivityTaskCancelRequested": "ACR",
    "TimerStarted": "TS",
    "TimerFired": "TF",
    "TimerCanceled": "TX",
    "SignalReceived": "SR",
}
_TOKEN = re.compile(r"\{([^{}]*)\}|(\d+)\s+([A-Z]+)|([A-Z]+)")

type Group = Counter[str]


def parse(pattern: str) -> list[Group]:
    """The groups of a pattern, in order; what is in one may come in any order."""
    groups: list[Group] = []
    for match in _TOKEN.finditer(pattern):
        braces, times, repeated, single = match.groups()
        if braces is not None:
            groups.append(Counter(name for group in parse(braces) for name in group.elements()))
        elif repeated:
            groups.append(Counter({repeated: int(times)}))
        else:
            groups.append(Counter({single: 1}))
    return groups


def length(pattern: str) -> int:
    """How many events a pattern stands for."""
    return sum(group.total() for group in parse(pattern))


def matches(pattern: str, names: Sequence[str]) -> bool:
    """Whether these short names are those of the pattern, and no others."""
    left = list(names)
    for group in parse(pattern):
        head, left = left[: group.total()], left[group.total() :]
        if Counter(head) != group:
            return False
    return not left
