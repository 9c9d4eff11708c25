"""When a child that ended is started again: soon, and the later the oftener it ends."""

FIRST_DELAY_SECONDS = 0.5
DELAY_SECONDS_MAX = 30.0
WELL_SECONDS = 10.0
"""A child that lived so long was well; the next one is started without a long wait."""


def next_delay(before: float, *, was_well: bool) -> float:
    """Seconds until the next start, `before` being those that the last one waited."""
    return FIRST_DELAY_SECONDS if was_well else min(before * 2, DELAY_SECONDS_MAX)
