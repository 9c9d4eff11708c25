"""One subscription: what its messages look like, and what waits until its snapshot is there."""

from collections.abc import Callable
from typing import Final

from workflows.live.messages import Topic
from workflows.live.outbox import Outbox

HELD_MAX: Final = 50
"""Changes that wait for a snapshot; with more the snapshot is taken once more."""


class Subscription:
    """Of one connection.

    Attributes:
        payloads: whether its caller may see them.
        missed: something was left out; only a snapshot makes up for it.
    """

    def __init__(
        self, number: int, topic: Topic, outbox: Outbox, *, payloads: bool, ended: Callable[[int], object]
    ) -> None:
        self.number = number
        self.topic = topic
        self.payloads = payloads
        self.missed = False
        self._outbox = outbox
        self._ended = ended
        self._revision = 0
        self._held: list[str] | None = []
        self._is_short = False

    @property
    def may_have_more(self) -> bool:
        """Whether a snapshot is wanted, and can be taken."""
        return self.missed and not self._outbox.is_full

    def hold(self) -> None:
        """A snapshot is being read: what changes meanwhile is told behind it."""
        self._held, self._is_short = [], False

    def snapshot(self, body: str) -> None:
        self.missed = self._is_short
        self._put("snapshot", body)
        self.release()

    def changed(self, body: str) -> None:
        """A JSON object, shared with others."""
        if self._held is not None:
            self._hold_back(self._held, body)
        elif self.missed:
            return
        elif self._outbox.is_full:
            self.missed = True
        else:
            self._put("changed", body)

    def release(self) -> None:
        """No snapshot is needed after all."""
        held, self._held = self._held or [], None
        for each in held:
            self.changed(each)

    def end(self, body: str) -> None:
        """By this problem."""
        self._outbox.put(f'{{"id":{self.number},"error":{body}}}')
        self._ended(self.number)

    def _hold_back(self, held: list[str], body: str) -> None:
        if len(held) < HELD_MAX:
            held.append(body)
        else:
            self._is_short = True

    def _put(self, kind: str, body: str) -> None:
        self._revision += 1
        self._outbox.put(f'{{"id":{self.number},"revision":{self._revision},"{kind}":{body}}}')
