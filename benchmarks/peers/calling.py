"""Callers of a peer, each with one call after the other.

Runs under the peer's interpreter, and so needs the standard library alone.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from benchmarks.child import Answer, timed


def called(echo: Callable[[object], object], count: int, at_once: int) -> Answer:
    """`count` calls by so many threads: the seconds of all, and of each. What comes back must be what was sent."""
    taken: list[float] = []

    def call(number: int) -> None:
        begun = time.perf_counter()
        assert echo({"order": number}) == {"order": number}
        taken.append(time.perf_counter() - begun)

    def run() -> None:
        with ThreadPoolExecutor(max(at_once, 1)) as threads:
            list(threads.map(call, range(count)))

    return {"seconds": timed(run), "taken": taken}
