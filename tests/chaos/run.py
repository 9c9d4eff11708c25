"""A run of chaos: callers call, faults fire, all comes to rest, and is judged."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import psycopg

from tests.chaos.cast import Cast
from tests.chaos.faults import FAULTS, ROUNDS_MIN, Fired, plan
from tests.chaos.progress import Watch, longest_stalls
from tests.chaos.verdict import Verdict, judge
from tests.e2e.harness.processes import ROOT, Process, clean_environment

PERIOD_SECONDS = 5.0
"""Between two faults; less where the time is too short for each kind to fire often enough."""
FAULT_SHARE = 0.6
"""Of a period: until what was frozen is let go, and what was killed comes back."""
LOOK_SECONDS = 0.1
REST_SECONDS = 300.0
"""For all that was started to end once the faults have."""
NOTHING_FOUND, SOMETHING_FOUND = 0, 1


@dataclass(slots=True, kw_only=True)
class Outcome:
    """All that a report tells."""

    seed: int
    seconds: float
    workflows: int
    fired: list[Fired] = field(default_factory=list)
    stalls: dict[str, float] = field(default_factory=dict)
    verdict: Verdict = field(default_factory=Verdict)
    fsck: str = ""
    fsck_status: int = -1
    live_checks: Counter[int] = field(default_factory=Counter)
    """Exit statuses of fsck while faults were firing."""
    live_findings: list[str] = field(default_factory=list)
    rest_seconds: float = 0.0
    surprises: list[str] = field(default_factory=list)

    @property
    def counts(self) -> Counter[str]:
        return Counter(each.name for each in self.fired)

    @property
    def is_good(self) -> bool:
        often = all(self.counts[name] >= ROUNDS_MIN for name in FAULTS)
        acknowledged = self.verdict.starts == self.workflows
        checked = self.fsck_status == NOTHING_FOUND and not self.live_findings
        return self.verdict.is_good and often and acknowledged and checked


def run(
    *, seed: int, seconds: float, workflows: int, folder: Path, say: Callable[[str], None] = print
) -> Outcome:
    """Starts everything, and ends it."""
    outcome = Outcome(seed=seed, seconds=seconds, workflows=workflows)
    ledger = folder / "ledger.log"
    with Cast(folder) as cast, Watch([cast.journal, ledger]) as watch:
        arguments = [str(ledger), str(workflows), str(seconds), *cast.addresses.values()]
        calling = Process("callers", ["-m", "tests.chaos.callers", *arguments], {}, folder)
        try:
            _Faults(cast, outcome, say).fire_for(seconds)
            ended = time.monotonic()
            cast.ready()
            say(f"faults have ended; {len(lines_of(ledger))} acknowledgements so far")
            _rest(cast, calling, say)
        finally:
            calling.stop()
        outcome.rest_seconds = time.monotonic() - ended
        outcome.stalls = longest_stalls(outcome.fired, ended, watch.instants)
        outcome.verdict = judge(cast.dsn, lines_of(ledger), cast.journal)
        outcome.fsck_status, outcome.fsck = fsck(cast)
        outcome.surprises = cast.surprises
    return outcome


def lines_of(ledger: Path) -> list[list[str]]:
    return [line.split() for line in ledger.read_text().splitlines()] if ledger.exists() else []


def fsck(cast: Cast) -> tuple[int, str]:
    """Exit status and output of `manage.py fsck`."""
    done = subprocess.run(
        [sys.executable, "manage.py", "fsck"],
        cwd=ROOT,
        env=clean_environment(cast.variables),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, (done.stdout + done.stderr).strip()


class _Faults:
    """Fires them, and is the supervisor's hand meanwhile."""

    def __init__(self, cast: Cast, outcome: Outcome, say: Callable[[str], None]) -> None:
        self._cast = cast
        self._outcome = outcome
        self._say = say

    def fire_for(self, seconds: float) -> None:
        begun = time.monotonic()
        period = min(PERIOD_SECONDS, seconds / (ROUNDS_MIN * len(FAULTS) + 2))
        names = plan(Random(self._outcome.seed))
        checking: subprocess.Popen[str] | None = None
        for place in range(1, int(seconds / period)):
            self._until(begun + place * period)
            self._fire(next(names), period * FAULT_SHARE)
            if place % len(FAULTS) == len(FAULTS) // 2:
                checking = self._check(checking)
        self._until(begun + seconds)
        self._check(checking, again=False)

    def _fire(self, name: str, seconds: float) -> None:
        self._cast.ready()
        fired = Fired(name=name, at=time.monotonic())
        undo = FAULTS[name](self._cast, self._outcome.counts[name])
        self._outcome.fired.append(fired)
        self._say(f"{len(self._outcome.fired)}: {name}")
        threading.Event().wait(seconds)
        undo()

    def _until(self, at: float) -> None:
        while (left := at - time.monotonic()) > 0:
            self._cast.revive()
            threading.Event().wait(min(LOOK_SECONDS, left))

    def _check(
        self, before: subprocess.Popen[str] | None, *, again: bool = True
    ) -> subprocess.Popen[str] | None:
        """fsck beside the faults: it may be unable to check, but it must not find what is merely under way."""
        if before is not None:
            told, _ = before.communicate()
            self._outcome.live_checks[before.returncode] += 1
            if before.returncode == SOMETHING_FOUND:
                self._outcome.live_findings += told.splitlines()
        if not again:
            return None
        return subprocess.Popen(
            [sys.executable, "manage.py", "fsck"],
            cwd=ROOT,
            env=clean_environment(self._cast.variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


def _rest(cast: Cast, calling: Process, say: Callable[[str], None]) -> None:
    """Until every call is acknowledged, every run has ended and nothing is outstanding; or the patience is."""
    deadline = time.monotonic() + REST_SECONDS
    told = 0.0
    while time.monotonic() < deadline:
        cast.revive()
        threading.Event().wait(LOOK_SECONDS)
        left = outstanding(cast.dsn)
        if calling.returncode is not None and not any(left):
            return
        if time.monotonic() - told > 10:
            told = time.monotonic()
            say(f"open runs, tasks, timers, inbox entries: {left}")


def outstanding(dsn: str) -> tuple[int, ...]:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(
            """SELECT (SELECT count(*) FROM sched_executions WHERE status = 'RUNNING'),
            (SELECT count(*) FROM sched_tasks), (SELECT count(*) FROM sched_timers),
            (SELECT count(*) FROM sched_inbox)"""
        ).fetchone()
    assert row is not None
    return tuple(row)
