"""Trouble: one outage, told once, whoever notices it and in whichever order."""

import logging

import pytest

from timers.clock import SystemClock
from timers.trouble import Trouble


class StoppedClock(SystemClock):
    """Moves when it is told."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def trouble(clock: StoppedClock) -> Trouble:
    return Trouble(clock=clock)


def test_an_outage_is_told_once(
    trouble: Trouble, clock: StoppedClock, caplog: pytest.LogCaptureFixture
) -> None:
    """By the first that fails and the last that works."""
    caplog.set_level(logging.INFO, logger="timers.trouble")
    trouble.failed("writer", "gone\nfor good")
    trouble.failed("claimer", "gone too")
    trouble.failed("writer", "still gone")
    trouble.worked("writer")
    assert trouble.failing == ("claimer",)
    clock.seconds += 2.5
    trouble.worked("claimer")
    trouble.worked("claimer")
    assert caplog.messages == [
        "the database cannot be used: gone for good (noticed by the writer); trying again for as long as it takes",
        "the database can be used again after 2.5 s",
    ]


def test_what_an_attempt_of_the_outage_meets_is_no_other(
    trouble: Trouble, clock: StoppedClock, caplog: pytest.LogCaptureFixture
) -> None:
    """A loop that waited five seconds for a connection fails when all others work again already."""
    caplog.set_level(logging.INFO, logger="timers.trouble")
    trouble.failed("writer", "gone")
    began = trouble.now()
    clock.seconds += 4
    trouble.worked("writer")
    clock.seconds += 1
    trouble.failed("tasks loop", "no connection in 5 s", began=began)
    assert len(caplog.messages) == 2
    trouble.failed("tasks loop", "no connection in 5 s", began=trouble.now())
    assert len(caplog.messages) == 3
    assert trouble.failing == ("tasks loop",)


def test_an_attempt_that_began_before_is_of_an_outage_that_lasts(
    trouble: Trouble, clock: StoppedClock
) -> None:
    """It is heard while others fail: the outage ends when this session works too."""
    began = trouble.now()
    clock.seconds += 1
    trouble.failed("writer", "gone")
    trouble.failed("tasks loop", "no connection in 5 s", began=began)
    trouble.worked("writer")
    assert trouble.failing == ("tasks loop",)


def test_an_answer_is_news_for_a_while(trouble: Trouble, clock: StoppedClock) -> None:
    """Of whichever session; unless one fails, of which nobody may believe that all is well."""
    clock.seconds += 10
    assert not trouble.is_news(1.5)
    trouble.heard()
    clock.seconds += 1
    assert trouble.is_news(1.5)
    trouble.failed("writer", "gone")
    assert not trouble.is_news(1.5)
    trouble.worked("writer")
    clock.seconds += 1
    assert not trouble.is_news(1.5)
