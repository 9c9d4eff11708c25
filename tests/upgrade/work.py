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

TURNS_OF_A_SIGNAL = 2
"""One starts the activity, one takes its result."""


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
        """The next one; and what it leads to is done, with the turn that looks for another.

        A signal that comes before that turn has ended stands before it in the history.
        """
        self.at(client, "Listener").signal("next", number)
        turns = 1 + TURNS_OF_A_SIGNAL * (number + 1)
        wait_for(lambda: len(self.events(client, "Listener", "Y")) == turns, f"step {number}", seconds=60)

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
        self._check(client, "Ticker", *(f"WS, Y, {ending}" for ending in endings(ticks)))
        failures = len(self.events(client, "Retrier", "AR"))
        self._check(client, "Retrier", f"WS, Y, AS, {failures} AR, AC, Y, WC")

    def events(self, client: Client, kind: str, name: str) -> list[HistoryEvent]:
        return histories.of_kind(self.at(client, kind).history(), name)

    def _check(self, client: Client, kind: str, *patterns: str) -> None:
        """The history is numbered without a gap, and is one of the patterns."""
        found = self.at(client, kind).history()
        assert [event.number for event in found] == list(range(1, len(found) + 1))
        expected = "\n      or ".join(patterns)
        assert any(histories.matches(pattern, found) for pattern in patterns), (
            f"expected {expected}\nfound    {histories.text(found)}"
        )


def endings(ticks: int) -> tuple[str, ...]:
    """What a ticker's history may be after its first turn, by where the signal comes: it says that it is enough."""
    tick = "TS, TF, Y, "
    while_the_timer_runs = f"{tick * ticks}TS, SR, Y, TX, WC"
    as_it_fires = f"{tick * ticks}TS, {{TF, SR}}, Y, WC"
    in_the_turn_after = f"{tick * (ticks - 1)}TS, TF, SR, Y, TS, Y, TX, WC"
    return while_the_timer_runs, as_it_fires, in_the_turn_after


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
