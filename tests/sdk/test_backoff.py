"""How long the SDK waits before it tries again."""

from __future__ import annotations

from sched_sdk.backoff import ASKED_MAX, Backoff


def test_delays_grow_up_to_their_bound_and_are_spread() -> None:
    """No two callers march in step, none comes back at once, and success begins the series anew."""
    series = [Backoff(first=0.1, maximum=5.0) for _ in range(50)]
    for bound in (0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0):
        delays = [backoff.next_delay() for backoff in series]
        assert all(0.1 * bound <= delay <= bound for delay in delays)
        assert len(set(delays)) > 40
    series[0].reset()
    assert series[0].next_delay() <= 0.1


def test_what_the_engine_asks_for_is_kept_and_spread() -> None:
    """It says the same to all that it sheds; if they all came back after that very time, it would shed them again."""
    delays = [Backoff().next_delay(at_least=1.0) for _ in range(50)]
    assert all(1.0 <= delay <= 2.0 for delay in delays)
    assert len(set(delays)) > 40
    assert Backoff().next_delay(at_least=1e9) <= 2 * ASKED_MAX
