"""A queue of many queues, served in turn: one that is flooded keeps no other waiting for longer than one of its items.

First in, first out within a queue. One that is empty is forgotten, so the names cost nothing, whoever makes them up.
"""

from collections import deque
from collections.abc import Iterable


class FairQueue[Item]:
    """Not thread-safe: whoever owns it has the lock."""

    def __init__(self) -> None:
        self._queues: dict[str, deque[Item]] = {}
        self._turns: deque[str] = deque()
        """Of those that have something, the next one first."""
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def append(self, name: str, item: Item) -> None:
        """Behind what waits in the queue of that name."""
        self._queue(name).append(item)
        self._size += 1

    def put_back(self, items: Iterable[tuple[str, Item]]) -> None:
        """What was taken before, in its order, in front of what waits; and these queues come first."""
        for name, item in reversed(list(items)):
            self._queue(name).appendleft(item)
            self._turns.remove(name)
            self._turns.appendleft(name)
            self._size += 1

    def popleft(self) -> Item:
        """The next item of the queue whose turn it is.

        Raises:
            IndexError: there is none.
        """
        name = self._turns[0]
        queue = self._queues[name]
        item = queue.popleft()
        self._size -= 1
        if queue:
            self._turns.rotate(-1)
        else:
            del self._queues[self._turns.popleft()]
        return item

    def _queue(self, name: str) -> deque[Item]:
        queue = self._queues.get(name)
        if queue is None:
            queue = self._queues[name] = deque()
            self._turns.append(name)
        return queue
