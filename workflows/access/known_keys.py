"""API keys that were looked up a moment ago, so that a call does not cost a query.

Guarantees: a key that was revoked, or has expired, lets nobody in `TRUSTED_SECONDS` later. Texts are kept as digests.
"""

import threading
from collections import OrderedDict
from typing import Final

from timers.clock import Clock
from workflows.access import keys
from workflows.access.principal import Principal, Unauthenticated

TRUSTED_SECONDS: Final = 10.0
KNOWN_MAX: Final = 10_000
"""The least recently looked up are forgotten. Refused ones are kept too: who tries in a loop costs no queries."""


class KnownKeys:
    """Thread-safe."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._known: OrderedDict[bytes, tuple[float, Principal | None]] = OrderedDict()

    def recall(self, text: str) -> Principal | None:
        """Who has this key, if that was asked a moment ago; None: `principal_of` must ask.

        Raises:
            Unauthenticated: it was refused a moment ago.
        """
        with self._lock:
            at, principal = self._known.get(keys.digest_of(text), (0.0, None))
        if not at or self._clock.monotonic() - at >= TRUSTED_SECONDS:
            return None
        if principal is None:
            raise Unauthenticated
        return principal

    def let_in(self, text: str) -> bool:
        """Whether this key was good when it was last looked at, however long ago: whoever has it does not guess."""
        with self._lock:
            _, principal = self._known.get(keys.digest_of(text), (0.0, None))
        return principal is not None

    def principal_of(self, text: str) -> Principal:
        """Who has this key; asks the database where that was not done a moment ago.

        Raises:
            Unauthenticated: see `keys.principal_of`.
        """
        known = self.recall(text)
        if known is not None:
            return known
        try:
            found = keys.principal_of(text, self._clock.now())
        except Unauthenticated:
            self._keep(text, None)
            raise
        self._keep(text, found)
        return found

    def _keep(self, text: str, principal: Principal | None) -> None:
        digest = keys.digest_of(text)
        with self._lock:
            self._known[digest] = (self._clock.monotonic(), principal)
            self._known.move_to_end(digest)
            if len(self._known) > KNOWN_MAX:
                self._known.popitem(last=False)
