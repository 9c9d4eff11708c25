"""Workflows that are in the middle of something: timers, activities, retries, signals."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sched_sdk.client import Client, WorkflowHandle
from sched_sdk.proto.v1.history_pb2 import HistoryEvent

from tests.e2e.harness import histories
from tests.e2e.harness.waiting import wait_for

SIGNALS = 4
"""That a listener waits for: one a phase, sent through whichever engine the test names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One workflow of each kind, started through one engine.

    The handles read through the client that is given each time, since engines come and go.
    """

    ids: dict[str, str]
    file: Path

    def at(self, client: Client, kind: str) -> WorkflowHandle:
        return client.handle(self.ids[kind])

    def wait_until_under_way(self, client: Client) -> None:
        """A timer has fired, an activity runs, another has failed and waits."""
        self.wait_for_ticks(client)
        wait_for(Path(f"{self.file}.held").exists, "activity that runs")
        wait_for(lambda: len(self.events(client, "Retrier", "AR")) > 1, "second retry", seconds=60)

    def wait_for_ticks(self, client: Client) -> None:
        """More timers are started, and fire: it matters not in whose memory they are armed."""
        before = len(self.events(client, "Ticker", "TF"))
        wait_for(
            lambda: len(self.events(client, "Ticker", "TF")) > before + 1, "timers that fire", seconds=60
        )

    def signal(self, client: Client, number: int) -> None:
        """The next one; and what it leads to is done."""
        self.at(client, "Listener").signal("next", number)
        wait_for(lambda: len(self.events(client, "Listener", "AC")) > number, f"step {number}", seconds=60)

    def finish(self, client: Client) -> None:
        """Lets go what waits, and looks at all that came of it."""
        self.file.touch()
        self.at(client, "Ticker").signal("enough")
        ticks = self.at(client, "Ticker").result(60)
        assert self.at(client, "Holder").result(60) == "held"
        assert self.at(client, "Retrier").result(60) == "came"
        assert self.at(client, "Listener").result(60) == [2 * number for number in range(SIGNALS)]
        step = "SR, Y, AS, AC, Y"
        self._check(client, "Holder", "WS, Y, AS, AC, Y, WC")
        self._check(client, "Listener", f"WS, Y, {', '.join([step] * SIGNALS)}, WC")
        # The last timer may fire while the signal is on its way.
        is_late = len(self.events(client, "Ticker", "TF")) > ticks
        last = "TS, {TF, SR}, Y, WC" if is_late else "TS, SR, Y, TX, WC"
        self._check(client, "Ticker", f"WS, Y, {'TS, TF, Y, ' * ticks}{last}")
        failures = len(self.events(client, "Retrier", "AR"))
        self._check(client, "Retrier", f"WS, Y, AS, {failures} AR, AC, Y, WC")

    def events(self, client: Client, kind: str, name: str) -> list[HistoryEvent]:
        return histories.of_kind(self.at(client, kind).history(), name)

    def _check(self, client: Client, kind: str, pattern: str) -> None:
        found = self.at(client, kind).history()
        assert [event.number for event in found] == list(range(1, len(found) + 1))
        assert histories.matches(pattern, found), f"expected {pattern}\nfound    {histories.text(found)}"


def begin(client: Client, folder: Path) -> Work:
    """Starts one of each kind."""
    folder.mkdir()
    file = folder / "file"
    inputs = {"Ticker": None, "Holder": str(file), "Retrier": str(file), "Listener": SIGNALS}
    ids = {
        kind: client.start(kind, given).workflow_id if given is not None else client.start(kind).workflow_id
        for kind, given in inputs.items()
    }
    return Work(ids=ids, file=file)


def run_small(started_at: Client, waited_at: Client) -> HistoryEvent:
    """Starts a short one here, and waits for it there; the event that tells who did its activity."""
    handle = started_at.start("Small", 21)
    there = waited_at.handle(handle.workflow_id)
    assert there.result(60) == 42
    found = there.history()
    assert histories.matches("WS, Y, AS, AC, Y, WC", found), histories.text(found)
    return histories.of_kind(found, "AC")[0]
