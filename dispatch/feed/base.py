"""The seam: how messages travel, and how it is known that somebody listens. Conformance: `tests/contracts`."""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from dispatch.feed.values import News

RENEW_SECONDS: Final = 2.0
"""Between two renewals of a lease."""
LEASE_SECONDS: Final = 5.0
"""Two renewals may be late."""
SILENT_SECONDS: Final = 6.0
"""A receiver hears its own renewals; without them for so long its connection is dead."""


class FeedUnavailable(Exception):
    """A message could not be handed over."""


class Sending(Protocol):
    """An engine's half, on its event loop."""

    size_max: int
    """Bytes of a message."""
    parts_max: int
    """Messages at a time; more are not worth it."""

    def start(self, heard: Callable[[], None]) -> None:
        """From now on `heard` is called on this loop whenever somebody says that he listens."""

    async def send(self, texts: Sequence[str]) -> None:
        """Hands messages over, in order.

        Raises:
            FeedUnavailable: some of them may be lost.
        """

    async def rest(self) -> None:
        """Nobody listens any more: gives back what only sending needs."""

    async def stop(self) -> None:
        """Ends connections."""


class Receiving(Protocol):
    """A web process's half, on its event loop; tells whoever sends that somebody listens, until it is stopped."""

    @property
    def is_up(self) -> bool:
        """Whether what is sent arrives, as far as is known."""

    def start(self, take: Callable[[News], None]) -> None:
        """From now on `take` is called on this loop with what arrives, and with a gap whenever it can arrive again."""

    async def stop(self) -> None:
        """Listens no longer."""


class Telling(Protocol):
    """For threads without an event loop: code that has written a start in a transaction of its own."""

    def tell(self, news: News) -> None:
        """Quick, thread-safe, never raises for an outage."""
