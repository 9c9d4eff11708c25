"""Who gives way: a queue that is behind, while others that are not are at work.

A flood of tasks that are quickly done keeps the engine, its database and the workers as busy as they can be, and every
step of somebody else's workflow waits for its share of that. The flood's tasks have waited for long, and wait a little
longer; so between two hand-overs a queue that is behind rests for as long as the last one was at work, while another
queue is served that keeps up.
"""

from typing import Final

from workflows.core.keys import QueueKey

ACTIVE_SECONDS: Final = 0.1
"""So long after its last task a queue counts as at work."""
REST_MAX: Final = 0.01
"""Seconds. Tasks that take longer than this are not what keeps an engine busy: to rest costs them a small part of
their throughput."""

type _Name = tuple[str, str]
"""Namespace and name: tasks of both kinds are one queue here."""


class Pace:
    """Of one engine. Times are those of its event loop, in seconds."""

    def __init__(self) -> None:
        self._served: dict[_Name, float] = {}
        """When each was last served without being behind; the longest ago is first."""

    def served(self, queue: QueueKey, at: float) -> None:
        """A queue that keeps up has been handed tasks."""
        name = _name(queue)
        self._served.pop(name, None)
        self._served[name] = at

    def rest_of(self, queue: QueueKey, *, since: float, now: float) -> float:
        """How long a queue that is behind rests, after it was at work since then."""
        return min(now - since, REST_MAX) if self._is_another_at_work(_name(queue), now) else 0.0

    def _is_another_at_work(self, name: _Name, now: float) -> bool:
        oldest = now - ACTIVE_SECONDS
        while self._served and next(iter(self._served.values())) < oldest:
            del self._served[next(iter(self._served))]
        return any(each != name for each in self._served)


def _name(queue: QueueKey) -> _Name:
    return queue.namespace, queue.queue
