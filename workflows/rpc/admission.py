"""How many calls may be under way at once; see `guard`."""

from collections.abc import Iterator
from contextlib import contextmanager

from workflows.store.lanes import Overloaded

CLIENT_CALLS_MAX = 10_000
"""Of clients, those that wait for a result among them."""
WORKER_CALLS_MAX = 10_000
"""Streams and polls of workers."""
STREAMED_CALLS_MAX = 30_000
"""Of clients, on all their streams: each is some hundred bytes, where a unary call holds ten thousand."""


class Admission:
    """Counts calls of one sort; on one event loop."""

    def __init__(self, what: str, most: int) -> None:
        self._what = what
        self._most = most
        self._under_way = 0

    def __len__(self) -> int:
        return self._under_way

    @contextmanager
    def one(self) -> Iterator[None]:
        """A call, while the block runs.

        Raises:
            Overloaded: there are as many as may be.
        """
        self.enter()
        try:
            yield
        finally:
            self.leave()

    def enter(self) -> None:
        """A call that leaves later. Raises as `one`."""
        if self._under_way >= self._most:
            raise Overloaded(f"{self._most} {self._what} are under way")
        self._under_way += 1

    def leave(self) -> None:
        self._under_way -= 1
