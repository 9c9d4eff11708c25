"""What the demo's workflows are known to do: input, signal, result and history of each."""

from dataclasses import dataclass
from typing import Any

ROUND = "AS, TS, {AC, TF}, Y"
STEP = "AS, AC, Y"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One run. `signal`, a name and a payload, is sent once the workflow waits for it."""

    workflow: str
    input: Any = None
    signal: tuple[str, Any] | None = None
    result: Any
    history: str


CASES = (
    Case(
        workflow="HelloWorld", input="world", result="Hello workflow completed", history="WS, Y, AS, WC, AC"
    ),
    Case(
        workflow="MonthlyReport",
        result="Report completed",
        history=f"WS, Y, {ROUND}, {ROUND}, {ROUND}, WC",
    ),
    Case(
        workflow="ApprovalGate",
        input="req-42",
        signal=("approve", "req-42"),
        result="approved",
        history="WS, Y, TS, SR, Y, TX, AS, WC, AC",
    ),
    Case(
        workflow="ApprovalGate",
        input="req-43",
        signal=("reject", None),
        result="rejected",
        history="WS, Y, TS, SR, Y, TX, WC",
    ),
    Case(
        workflow="SignalDemo",
        signal=("go", "now"),
        result="got go=now",
        history="WS, Y, TS, SR, Y, TX, WC",
    ),
    Case(workflow="RetryDemo", result="retry demo done", history="WS, Y, AS, WC, AR, AR, AF"),
    Case(
        workflow="OrderSaga",
        result={"charged": True, "reserved": True, "shipped": True},
        history=f"WS, Y, {STEP}, {STEP}, {STEP}, WC",
    ),
    Case(
        workflow="OrderSaga",
        input={"fail": "ship"},
        result={"compensated": ["reserve", "charge"]},
        history=f"WS, Y, {STEP}, {STEP}, AS, AF, Y, {STEP}, {STEP}, WC",
    ),
    Case(workflow="LongDemo", result="long demo done", history="WS, Y, AS, WC, AC"),
)
