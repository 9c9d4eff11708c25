"""Who rests while others are at work."""

from __future__ import annotations

import pytest

from workflows.core.keys import DEFAULT_NAMESPACE, QueueKey, TaskKind
from workflows.service.pace import ACTIVE_SECONDS, REST_MAX, Pace

FLOODED = QueueKey(DEFAULT_NAMESPACE, TaskKind.WORKFLOW, "flooded")
OTHER = QueueKey(DEFAULT_NAMESPACE, TaskKind.ACTIVITY, "other")
NOON = 43_200.0


@pytest.fixture
def pace() -> Pace:
    return Pace()


def rest(pace: Pace, *, worked: float, now: float = NOON) -> float:
    return pace.rest_of(FLOODED, since=now - worked, now=now)


def test_alone_nobody_rests(pace: Pace) -> None:
    """Nor does the other kind of tasks of the same queue count as somebody else."""
    assert rest(pace, worked=0.005) == 0
    pace.served(FLOODED._replace(kind=TaskKind.ACTIVITY), NOON)
    assert rest(pace, worked=0.005) == 0


def test_who_is_behind_rests_for_as_long_as_it_worked(pace: Pace) -> None:
    """But not for longer than costs short tasks alone."""
    pace.served(OTHER, NOON)
    assert rest(pace, worked=0.005) == pytest.approx(0.005)
    assert rest(pace, worked=1.0) == REST_MAX


def test_a_queue_of_another_namespace_is_another(pace: Pace) -> None:
    """Though it has the same name."""
    pace.served(FLOODED._replace(namespace="elsewhere"), NOON)
    assert rest(pace, worked=0.005) > 0


def test_who_was_served_a_while_ago_is_at_work_no_more(pace: Pace) -> None:
    """Each for itself: one that is served again stays."""
    third = OTHER._replace(queue="third")
    pace.served(OTHER, NOON)
    pace.served(third, NOON)
    later = NOON + ACTIVE_SECONDS * 0.9
    pace.served(OTHER, later)
    assert rest(pace, worked=0.005, now=later + ACTIVE_SECONDS * 0.9) > 0
    assert rest(pace, worked=0.005, now=later + ACTIVE_SECONDS * 1.1) == 0
