"""Runs the cases side by side, and tells where one does otherwise than it should."""

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from workflows.management.demo.cases import Case
from workflows.management.demo.histories import SHORT_NAMES, length, matches
from workflows.management.demo.rest import Rest

LOOK_SECONDS = 0.2
# LongDemo works for 35 s; what is not over then is late.
PATIENCE_SECONDS = 90.0
WAITING = "TS"


@dataclass(slots=True, kw_only=True)
class Run:
    """One case on its way."""

    case: Case
    workflow_id: str
    history: list[str] = field(default_factory=list)
    signalled: bool = False

    def look(self, rest: Rest) -> bool:
        """Reads the history, sends the signal where it is waited for; whether the history is complete."""
        self.history = [SHORT_NAMES.get(name, name) for name in rest.event_types(self.workflow_id)]
        if self.case.signal and not self.signalled and WAITING in self.history:
            rest.signal(self.workflow_id, *self.case.signal)
            self.signalled = True
        return len(self.history) >= length(self.case.history)

    def differences(self, execution: dict[str, Any]) -> list[str]:
        """What is not as it should be, in sentences."""
        found = []
        if execution["status"] != "COMPLETED":
            found.append(f"status: expected COMPLETED, found {execution['status']}")
        if execution["result"] != self.case.result:
            expected, got = json.dumps(self.case.result), json.dumps(execution["result"])
            found.append(f"result: expected {expected}, found {got}")
        if not matches(self.case.history, self.history):
            found.append(f"history: expected {self.case.history}")
        return found


def run_all(rest: Rest, cases: Sequence[Case], say: Callable[[str], None]) -> bool:
    """Runs every case to its end and prints each as it ends; whether all did as expected."""
    running = [Run(case=case, workflow_id=rest.start(case.workflow, case.input)) for case in cases]
    never, good = threading.Event(), True
    for _ in range(int(PATIENCE_SECONDS / LOOK_SECONDS)):
        ended = [run for run in running if run.look(rest)]
        running = [run for run in running if run not in ended]
        for run in ended:
            good = tell(run, rest, say) and good
        if not running:
            return good
        never.wait(LOOK_SECONDS)
    for run in running:
        tell(run, rest, say)
    return False


def tell(run: Run, rest: Rest, say: Callable[[str], None]) -> bool:
    """Prints a run; whether it did as expected."""
    execution = rest.execution(run.workflow_id)
    differences = run.differences(execution)
    given = "" if run.case.input is None else json.dumps(run.case.input)
    say(f"{run.case.workflow}({given}) → {shown(execution['result'])}")
    say(f"  {', '.join(run.history)}")
    for difference in differences:
        say(f"  DIFFERENT: {difference}")
    return not differences


def shown(value: Any) -> str:
    """A string without quotes, any other value as JSON text."""
    return value if isinstance(value, str) else json.dumps(value)
