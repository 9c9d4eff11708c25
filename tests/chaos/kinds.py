"""Kinds of workflows: how each is started and steered, and how it ends, whatever happens meanwhile."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.chaos.work import FAN_OUT, ROUNDS

COMPLETED, FAILED, CANCELED = "COMPLETED", "FAILED", "CANCELED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind.

    Attributes:
        shape: a history in short names, as a regular expression. Where a caller steers, more than one is right.
        loose: outcomes that nobody waits for, which may come anywhere: left out of the shape, and counted.
        signals: payloads sent, in order.
    """

    name: str
    workflow: str
    shape: str
    result: Any = None
    status: str = COMPLETED
    input: Any = None
    loose: int = 0
    signals: tuple[int, ...] = ()
    canceled: bool = False

    def workflow_id(self, number: int) -> str:
        return f"{self.name}-{number}"

    def expected_result(self, workflow_id: str) -> Any:
        return workflow_id if self.result is ITS_ID else self.result

    def fits(self, names: Sequence[str]) -> bool:
        """Whether a history is one that a run of this kind may have."""
        if not self.loose:
            return re.fullmatch(self.shape, " ".join(names)) is not None
        kept = [name for name in names if name != "AC"]
        return re.fullmatch(self.shape, " ".join(kept)) is not None and len(names) - len(kept) == self.loose


ITS_ID = object()
_STEP = "AS AC Y"
KINDS = (
    Kind(name="hello", workflow="Hello", shape="WS Y AS WC", loose=1, result="hello"),
    Kind(name="sleep", workflow="Sleep", shape="WS Y TS TF Y TS TF Y WC", result="slept"),
    Kind(
        name="report",
        workflow="Report",
        shape=f"WS Y( AS TS TF Y){{{ROUNDS}}} WC",
        loose=ROUNDS,
        result="reported",
    ),
    Kind(
        name="signal",
        workflow="Signal",
        shape="WS (Y |SR )*WC",
        signals=(1, 2),
        result=[1, 2],
    ),
    Kind(name="retry", workflow="Retry", shape="WS Y AS AR AR AC Y WC", result=ITS_ID),
    Kind(name="failing", workflow="Failing", shape="WS Y AS AR AR AF Y WF", status=FAILED),
    Kind(name="saga", workflow="Saga", input="", shape=f"WS Y {_STEP} {_STEP} {_STEP} WC", result=["done"]),
    Kind(
        name="undone",
        workflow="Saga",
        input="ship",
        shape=f"WS Y {_STEP} {_STEP} AS AF Y {_STEP} {_STEP} WC",
        result=["undone", "release", "refund"],
    ),
    Kind(name="cancel", workflow="Cancel", shape="WS (Y )?WCR (Y ){1,2}WX", status=CANCELED, canceled=True),
    Kind(name="long", workflow="Long", shape="WS Y AS AC Y WC", result=ITS_ID),
    Kind(
        name="fan-out",
        workflow="FanOut",
        shape=f"WS Y( AS){{{FAN_OUT}}}( AC){{{FAN_OUT}}} Y WC",
        result=FAN_OUT,
    ),
)
BY_NAME = {kind.name: kind for kind in KINDS}


def kind_of(workflow_id: str) -> Kind:
    return BY_NAME[workflow_id.rpartition("-")[0]]


def as_json(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
