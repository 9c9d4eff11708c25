"""Clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from timers.clock import DatabaseClock, FakeClock, SystemClock

SECOND = timedelta(seconds=1)


def test_the_system_clock_is_aware_and_monotonic() -> None:
    """Its instants are in UTC; its spans never shrink."""
    clock = SystemClock()
    assert clock.now().tzinfo is UTC
    assert clock.monotonic() <= clock.monotonic()


def test_a_fake_clock_moves_when_told_and_never_back() -> None:
    """Wall and span move together; a negative step is refused."""
    clock = FakeClock(datetime(2026, 1, 1, tzinfo=UTC))
    assert clock.advance(1.5) == clock.now() == datetime(2026, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC)
    assert clock.monotonic() == 1.5
    with pytest.raises(ValueError, match="span"):
        clock.advance(-SECOND)


def test_the_database_clock_is_never_early_and_late_by_the_fastest_answer() -> None:
    """Of all observations the one with the least delay counts; it goes on by itself between them."""
    here = FakeClock()
    clock = DatabaseClock(here)
    assert clock.now() == here.now()
    ahead = here.now() + 100 * SECOND
    clock.observe(ahead - 0.3 * SECOND)
    clock.observe(ahead - 0.1 * SECOND)
    clock.observe(ahead - 0.2 * SECOND)
    here.advance(5)
    assert clock.now() == ahead + 4.9 * SECOND


def test_the_database_clock_follows_one_that_was_set_back() -> None:
    """Observations older than its memory count no more."""
    here = FakeClock()
    clock = DatabaseClock(here, memory=60)
    clock.observe(here.now() + 100 * SECOND)
    here.advance(61)
    clock.observe(here.now())
    assert clock.now() == here.now()


def test_the_database_clock_is_corrected_by_a_decision() -> None:
    """One that was set back a moment ago is followed at once where something was fired too early by it."""
    here = FakeClock()
    clock = DatabaseClock(here)
    clock.observe(here.now() + 10 * SECOND)
    here.advance(1)
    clock.observe(here.now() + 7 * SECOND)
    assert clock.now() == here.now() + 10 * SECOND
    clock.correct()
    assert clock.now() == here.now() + 7 * SECOND
    clock.observe(here.now() + 7.1 * SECOND)
    assert clock.now() == here.now() + 7.1 * SECOND
