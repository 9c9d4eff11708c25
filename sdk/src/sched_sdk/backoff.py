"""How long to wait before the next try: exponential, with full jitter, bounded."""

import random

ASKED_MAX = 60.0


class Backoff:
    """A series of delays, in seconds, that starts again when something worked.

    Full jitter (anything up to the bound) rather than a little around it: after an engine's restart a thousand workers
    come back spread over the whole interval.
    """

    def __init__(self, *, first: float = 0.1, maximum: float = 5.0) -> None:
        self._first = first
        self._maximum = maximum
        self._bound = first

    def next_delay(self, *, at_least: float = 0.0) -> float:
        """The delay before the next try; `at_least` is what the other side asked for.

        What was asked for is asked of everybody at the same moment, so it is spread too: up to twice as long. Of it a
        minute at most: an answer shall not put a caller to sleep for ever.
        """
        # A tenth of the bound is the floor: a series of near zeros would be a busy loop.
        delay = self._bound * random.uniform(0.1, 1.0)  # noqa: S311 - not a secret
        self._bound = min(self._bound * 2, self._maximum)
        asked = min(at_least, ASKED_MAX) * random.uniform(1.0, 2.0)  # noqa: S311 - not a secret
        return max(delay, asked)

    def reset(self) -> None:
        """It worked: begin again with short delays."""
        self._bound = self._first
