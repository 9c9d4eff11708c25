"""Lists of executions, sums over them, and the load of queues."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.contracts.store_suite import ANY_SIGNAL, activity
from tests.store.default import as_default
from tests.store.driver import Driver, start
from workflows.core import inputs as i
from workflows.core.keys import TaskKind
from workflows.core.values import Status
from workflows.store import reader
from workflows.store.reader import Filters, listing


@pytest.fixture(autouse=True)
def _default(driver: Driver) -> Iterator[None]:
    with as_default(driver.database):
        yield


def ids(filters: Filters = Filters(), **more: int) -> list[str]:  # noqa: B008 - a frozen value
    found = reader.list_executions(filters, page_size=more.get("page_size", 100))
    return [each.workflow_id for each in found]


def test_the_newest_come_first_and_pages_join(driver: Driver) -> None:
    """Runs of one batch start at one instant; their ids part them."""
    for batch in range(3):
        driver.commit(*(start(f"order-{batch}-{n}") for n in range(3)))
    everything = ids()
    assert everything == [f"order-{batch}-{n}" for batch in (2, 1, 0) for n in (2, 1, 0)]

    paged: list[str] = []
    after = None
    while page := reader.list_executions(Filters(), page_size=2, after=after):
        paged += [each.workflow_id for each in page]
        after = reader.position_of(page[-1])

    assert paged == everything


@pytest.mark.parametrize("look_back", [0, 1, 3, 100])
def test_ids_of_a_prefix_are_found_wherever_they_are(
    driver: Driver, monkeypatch: pytest.MonkeyPatch, look_back: int
) -> None:
    """Among the newest, behind them, or in both: always the newest first, page after page."""
    monkeypatch.setattr(listing, "LOOK_BACK", look_back)
    for n in range(3):
        driver.begin(f"a-{n}")
        driver.begin(f"b-{n}")
    for n in range(2):
        driver.begin(f"c-{n}")
    assert ids(Filters(id_prefix="a-")) == ["a-2", "a-1", "a-0"]
    assert ids(Filters(id_prefix="a-"), page_size=2) == ["a-2", "a-1"]
    (second,) = reader.list_executions(Filters(id_prefix="a-1"), page_size=1)
    after = reader.position_of(second)
    behind = reader.list_executions(Filters(id_prefix="a-"), page_size=9, after=after)
    assert [each.workflow_id for each in behind] == ["a-0"]
    assert ids(Filters(id_prefix="c-")) == ["c-1", "c-0"]
    assert ids(Filters(id_prefix="x")) == []


def test_filters_hold_together(driver: Driver) -> None:
    """All that are given; prefixes are literal and know case; a span excludes both its ends."""
    driver.begin("a_1", task_queue="fast")
    driver.begin("A_2")
    driver.begin("ab1", task_queue="fast")
    ended = driver.begin("a_3")
    driver.commit(i.TerminateRequested(run_id=ended))
    (first,) = reader.list_executions(Filters(id_prefix="a_1"), page_size=9)

    assert ids(Filters(id_prefix="a_")) == ["a_3", "a_1"]
    assert ids(Filters(id_prefix="a")) == ["a_3", "ab1", "a_1"]
    assert ids(Filters(task_queue="fast")) == ["ab1", "a_1"]
    assert ids(Filters(task_queue="fast", id_prefix="ab")) == ["ab1"]
    assert ids(Filters(status=Status.TERMINATED)) == ["a_3"]
    assert ids(Filters(workflow_type="Other")) == []
    assert ids(Filters(namespace="other")) == []
    assert ids(Filters(started_after=first.started_at)) == ["a_3", "ab1", "A_2"]
    assert ids(Filters(started_before=first.started_at)) == []
    assert ids(Filters(started_before=first.started_at + timedelta(microseconds=1))) == ["a_1"]


def test_a_list_costs_two_statements(driver: Driver) -> None:
    """However long it is."""
    driver.commit(*(start() for _ in range(30)))
    with CaptureQueriesContext(connection) as asked:
        assert len(ids()) == 30
    assert len(asked) == 2


def test_sums(driver: Driver) -> None:
    """Every status has a number; an average without an ended run is none."""
    for _ in range(3):
        driver.commit(i.TerminateRequested(run_id=driver.begin()))
    driver.begin()

    totals = reader.totals("default")

    assert totals.by_status[Status.RUNNING] == 1
    assert totals.by_status[Status.TERMINATED] == 3
    assert totals.by_status[Status.FAILED] == 0
    assert totals.by_type == {"Type": 4}
    assert totals.average_duration is not None
    assert timedelta(0) < totals.average_duration < timedelta(minutes=1)
    assert reader.counts(Filters(status=Status.RUNNING)).by_status[Status.TERMINATED] == 0
    assert reader.totals("other").average_duration is None


def test_queues_tell_what_waits_and_what_is_held(driver: Driver) -> None:
    """By queue and kind of task; one queue can be asked for alone."""
    run_id = driver.begin(task_queue="slow")
    driver.commit(driver.turn(run_id, activity(0), activity(1), wait=ANY_SIGNAL))
    driver.claim(driver.activity_key(run_id, 3))
    driver.begin()

    fast, slow = reader.queues("default")

    assert (fast.queue, fast.kind, fast.backlog, fast.in_flight) == ("default", TaskKind.WORKFLOW, 1, 0)
    assert fast.oldest_at is not None
    assert (slow.queue, slow.kind, slow.backlog, slow.in_flight) == ("slow", TaskKind.ACTIVITY, 1, 1)
    assert reader.queues("default", "slow") == [slow]
