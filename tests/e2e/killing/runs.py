"""Cases side by side: most of their time is waiting, for a lease to end or a worker to come back."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from tests.e2e.killing.cases import Case
from tests.e2e.killing.lane import Lane
from tests.e2e.killing.lives import Ended
from tests.e2e.killing.scripts import Ending, Faults, Script

LANES = 5


class Broken(AssertionError):
    """A script did not come to its end; tells what its processes said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a case has come to."""

    ending: Ending
    deaths: list[Ended]
    """Of the victim."""


class Runs:
    """Runs scripts on lanes, each in the first that is free."""

    def __init__(self, lanes: Sequence[Lane], wired: Callable[[], Lane]) -> None:
        self._free: queue.SimpleQueue[Lane] = queue.SimpleQueue()
        for lane in lanes:
            self._free.put(lane)
        self._wired = wired
        self._threads = ThreadPoolExecutor(len(lanes), thread_name_prefix="lane")
        self._cases: dict[str, Future[Run]] = {}
        self._faultless: dict[Script, Future[Ending]] = {}

    def begin(self, cases: Sequence[Case]) -> None:
        for case in cases:
            if str(case) not in self._cases:
                self._cases[str(case)] = self._threads.submit(self._run, case)
        for script in {case.script: None for case in cases}:
            if script not in self._faultless:
                self._faultless[script] = self._threads.submit(self._run_faultless, script)

    def of(self, case: Case) -> Run:
        return self._cases[str(case)].result()

    def faultless(self, script: Script) -> Ending:
        """The script without a fault."""
        return self._faultless[script].result()

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)

    def _run(self, case: Case) -> Run:
        if case.wired:
            return _perform(self._wired(), case)
        with self._lane() as lane:
            return _perform(lane, case)

    def _run_faultless(self, script: Script) -> Ending:
        with self._lane() as lane, told(lane):
            return script(lane, Faults())

    @contextmanager
    def _lane(self) -> Iterator[Lane]:
        lane = self._free.get()
        try:
            yield lane
        finally:
            self._free.put(lane)


def _perform(lane: Lane, case: Case) -> Run:
    with told(lane):
        ending = case.script(lane, case.faults)
        return Run(ending=ending, deaths=ending.lives[case.victim].ended)


@contextmanager
def told(lane: Lane) -> Iterator[None]:
    """Ends what was started; an error tells what the processes said."""
    try:
        yield
    except BaseException as error:
        raise Broken(f"{type(error).__name__}: {error}\n{lane.end()}") from error
    else:
        lane.end()
