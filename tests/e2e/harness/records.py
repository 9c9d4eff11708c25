"""The same scenario gives the same history on every backend, in both modes."""

from __future__ import annotations

from collections.abc import Sequence

from sched_sdk.proto.v1.history_pb2 import HistoryEvent

from tests.e2e.harness import histories
from tests.e2e.harness.stack import Stack


class Records:
    """What each scenario's history was on the stack that came first."""

    def __init__(self) -> None:
        self._first: dict[str, tuple[str, list[str]]] = {}

    def same(
        self, name: str, stack: Stack, pattern: str, events: Sequence[HistoryEvent], *, hidden: str = ""
    ) -> None:
        """Compares with the first stack's history, event for event, with what the events carry.

        Args:
            hidden: a text that differs from test to test, as the path of its folder.
        """
        told = histories.canonical(pattern, events)
        if hidden:
            told = [line.replace(hidden, "…") for line in told]
        where, first = self._first.setdefault(name, (stack.name, told))
        assert told == first, f"{stack.name} tells otherwise than {where}"
