"""The verdict: the ledger and the journal against what the database says in the end.

*Lost* is what was promised and is not there: a start without its execution, a signal without its event, a run that has
not ended, an outcome that nobody outside knows of. *Duplicated* is what is there twice: a start, a signal, an outcome,
an end, a number. Everything else that is not as it would be without faults is *different*.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from tests.chaos.kinds import Kind, kind_of
from workflows.codec import events as codec
from workflows.core import events as e
from workflows.core.values import Payload

OUTCOMES = (e.ActivityTaskCompleted, e.ActivityTaskFailed, e.ActivityTaskCanceled, e.ActivityTaskTimedOut)


@dataclass(slots=True)
class Verdict:
    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    starts: int = 0
    signals: int = 0
    cancels: int = 0
    outcomes: int = 0
    events: int = 0
    calls_again: int = 0
    again: int = 0
    """Runs of an activity's attempt beyond the first: at least once outside."""
    statuses: Counter[str] = field(default_factory=Counter)

    @property
    def is_good(self) -> bool:
        return not (self.lost or self.duplicated or self.different)


def judge(dsn: str, ledger: Sequence[Sequence[str]], journal: Path) -> Verdict:
    """Reads the whole database."""
    found = Verdict()
    done = Counter(line.rsplit(" ", 1)[0] for line in _lines(journal))
    found.again = sum(count - 1 for count in done.values())
    keys = {line.split()[0] for line in done}
    with psycopg.connect(dsn) as connection:
        runs: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for workflow_id, run_id, status in connection.execute(
            "SELECT workflow_id, run_id::text, status FROM sched_executions"
        ):
            runs[workflow_id].append((run_id, status))
        promised = _promises(found, ledger, runs)
        for workflow_id, started in runs.items():
            for run_id, status in started:
                rows = connection.execute(
                    "SELECT data FROM sched_events WHERE run_id = %s ORDER BY seq", [run_id]
                )
                history = [codec.decode(bytes(data)) for (data,) in rows]
                found.events += len(history)
                found.statuses[status] += 1
                _Run(found, workflow_id, status, history).judge(promised[workflow_id], keys)
    return found


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def _promises(
    found: Verdict, ledger: Iterable[Sequence[str]], runs: dict[str, list[tuple[str, str]]]
) -> dict[str, list[int]]:
    """The signals that were acknowledged, by workflow id; tells of starts that are not there, or there twice."""
    signals: dict[str, list[int]] = defaultdict(list)
    for what, workflow_id, *rest in ledger:
        if what == "start":
            found.starts += 1
            if rest[0] not in [run for run, _ in runs[workflow_id]]:
                found.lost.append(f"{workflow_id}: start of run {rest[0]}")
        elif what == "signal":
            found.signals += 1
            signals[workflow_id].append(int(rest[0]))
        elif what == "cancel":
            found.cancels += 1
        else:
            found.calls_again = int(workflow_id)
    for workflow_id, started in runs.items():
        if len(started) > 1:
            found.duplicated.append(f"{workflow_id}: {len(started)} runs")
    return signals


class _Run:
    def __init__(self, found: Verdict, workflow_id: str, status: str, history: list[e.Event]) -> None:
        self._found = found
        self._id = workflow_id
        self._kind: Kind = kind_of(workflow_id)
        self._status = status
        self._history = history
        self._names = [e.SHORT_NAMES[type(event)] for event in history]

    def judge(self, signals: list[int], done: set[str]) -> None:
        if self._status == "RUNNING":
            self._found.lost.append(f"{self._id}: has not ended: {' '.join(self._names)}")
            return
        self._once()
        self._signals(signals)
        self._done_outside(done)
        if self._status != self._kind.status:
            self._differs(f"is {self._status}, should be {self._kind.status}")
        if not self._kind.fits(self._names):
            self._differs(" ".join(self._names))
        self._result()

    def _once(self) -> None:
        """Numbers, ends, and the outcome of each activity."""
        numbers = [event.number for event in self._history]
        if numbers != list(range(1, len(numbers) + 1)):
            self._duplicated(f"numbers {numbers}")
        ends = [event for event in self._history if type(event) in e.TERMINAL]
        if len(ends) != 1:
            self._duplicated(f"{len(ends)} ends")
        scheduled = {x.number for x in self._history if isinstance(x, e.ActivityTaskScheduled)}
        outcomes = Counter(x.scheduled for x in self._history if isinstance(x, OUTCOMES))
        self._found.outcomes += outcomes.total()
        for number in scheduled:
            if outcomes[number] > 1:
                self._duplicated(f"{outcomes[number]} outcomes of activity {number}")
            elif outcomes[number] == 0:
                self._found.lost.append(f"{self._id}: outcome of activity {number}")

    def _signals(self, promised: list[int]) -> None:
        received = [_value(x.payload) for x in self._history if isinstance(x, e.SignalReceived)]
        for payload in promised:
            count = received.count(payload)
            if count == 0:
                self._found.lost.append(f"{self._id}: signal {payload}")
            elif count > 1:
                self._duplicated(f"signal {payload}: {count} times")

    def _done_outside(self, done: set[str]) -> None:
        """What a history says was done has left its line outside."""
        for event in self._history:
            if isinstance(event, e.ActivityTaskCompleted):
                key = f"{self._id}/{event.scheduled}"
                if _value(event.result) != key or key not in done:
                    self._found.lost.append(f"{self._id}: activity {event.scheduled} was not done")

    def _result(self) -> None:
        end = next((event for event in self._history if type(event) in e.TERMINAL), None)
        result = _value(end.result) if isinstance(end, e.WorkflowExecutionCompleted) else None
        expected = self._kind.expected_result(self._id)
        if result != expected:
            self._differs(f"result {result!r}, should be {expected!r}")

    def _duplicated(self, what: str) -> None:
        self._found.duplicated.append(f"{self._id}: {what}")

    def _differs(self, what: str) -> None:
        self._found.different.append(f"{self._id}: {what}")


def _value(payload: Payload | None) -> Any:
    return None if payload is None else json.loads(payload.data)
