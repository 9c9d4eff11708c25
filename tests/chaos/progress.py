"""Progress: instants at which something was acknowledged to a caller, or done by an activity."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from tests.chaos.faults import Fired

LOOK_SECONDS = 0.05


class Watch:
    """Notes when one of the files grows: the callers' ledger, the activities' journal. A thread."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = files
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch")
        self.instants: list[float] = []

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        size = 0
        while not self._stopping.wait(LOOK_SECONDS):
            now = sum(file.stat().st_size for file in self._files if file.exists())
            if now > size:
                size = now
                self.instants.append(time.monotonic())


def longest_stalls(fired: Sequence[Fired], end: float, instants: Sequence[float]) -> dict[str, float]:
    """By kind of fault: of all its times, the longest in which nothing happened, begun before the next fault fired."""
    longest: dict[str, float] = {}
    for fault, until in zip(fired, [*(each.at for each in fired[1:]), end], strict=True):
        stall = stall_of(fault.at, until, instants)
        longest[fault.name] = max(longest.get(fault.name, 0.0), stall)
    return longest


def stall_of(at: float, until: float, instants: Sequence[float]) -> float:
    gaps = [
        after - max(before, at)
        for before, after in pairwise([0.0, *sorted(instants)])
        if after > at and before < until
    ]
    return max(gaps, default=until - at)
