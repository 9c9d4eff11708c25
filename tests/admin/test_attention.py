"""What needs an operator is found, said in a sentence, and led to; and it costs the same however much there is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.admin.reading import address_of, page, plain
from tests.contracts.store_suite import ANY_SIGNAL, activity, boom
from tests.store.crowd import hold, raw_id
from tests.store.damaging import damage_header
from tests.store.driver import Driver, start
from workflows.core import commands as c
from workflows.core import inputs as i
from workflows.core.values import RetryPolicy
from workflows.models import BulkOperation
from workflows.service import attention
from workflows.service.attention.operations import REMEMBERED

ATTENTION = "/admin/sched/attention/"
NOW = datetime(2030, 1, 1, tzinfo=UTC)
"""Late enough that nothing of a test is still to come."""


def found(now: datetime = NOW) -> dict[str, list[str]]:
    """Sentences, by kind."""
    kinds = attention.find_all(now, payloads=True)
    return {each.slug: [one.says for one in each.findings] for each in kinds if each.count}


def soon() -> datetime:
    """Before anything can be late."""
    return datetime.now(UTC)


def failing(driver: Driver, times: int) -> str:
    """A run whose activity 3 has failed so often, and backs off."""
    run_id = driver.begin("order-1")
    policy = RetryPolicy(maximum_attempts=0)
    driver.commit(driver.turn(run_id, activity(retry=policy), wait=ANY_SIGNAL))
    for attempt in range(1, times + 1):
        key = driver.activity_key(run_id, 3, attempt)
        driver.commit(i.ActivityFailed(key=key, delivery=driver.claim(key), failure=boom()))
        if attempt < times:
            driver.commit(i.RetryDue(run_id=run_id, number=3, attempt=attempt))
    return run_id


def problem(driver: Driver, run_id: str, text: str) -> None:
    sql = "UPDATE sched_tasks SET problem = %s WHERE run_id = %s"
    driver.database.run(sql, [text, raw_id(driver.database, run_id)])


def test_nothing_needs_attention(operator: Client, driver: Driver) -> None:
    """Executions that wait in good order are none of it."""
    run_id = driver.begin("order-1")
    driver.commit(driver.turn(run_id, c.StartTimer(command=0, duration=timedelta(days=9)), wait=ANY_SIGNAL))
    assert found(soon()) == {}
    assert "Nothing needs attention." in plain(page(operator, ATTENTION))
    assert "Nothing needs attention" in plain(page(operator, "/admin/"))


def test_a_parked_execution(operator: Client, driver: Driver) -> None:
    """With its problem, what to do, and a link."""
    run_id = driver.begin("order-1")
    problem(driver, run_id, "UNKNOWN_TYPE: no workflow 'Ship'")
    text = page(operator, ATTENTION)
    told = plain(text)
    assert "Turn 1 cannot be done, after 0 deliveries: UNKNOWN_TYPE: no workflow 'Ship'" in told
    assert "Start a worker that has this workflow type on this queue." in told
    assert f'<a href="{address_of(run_id)}">order-1</a>' in text
    assert "1 needs attention" in plain(page(operator, "/admin/"))


@pytest.mark.parametrize(("times", "is_told"), [(1, False), (2, False), (3, True)])
def test_an_activity_that_keeps_failing(driver: Driver, times: int, is_told: bool) -> None:
    """From its third attempt on, while it backs off."""
    failing(driver, times)
    told = found(soon()).get("failing", [])
    assert bool(told) == is_told
    if is_told:
        assert told[0].startswith(f"Do on default has failed {times} times, and the next begins at")
        assert told[0].endswith(": Boom: it went off")


def test_an_activity_that_keeps_failing_is_in_hand(driver: Driver) -> None:
    """The third attempt waits, or a worker has it."""
    run_id = failing(driver, 2)
    driver.commit(i.RetryDue(run_id=run_id, number=3, attempt=2))
    assert found(soon())["failing"] == [
        "Do on default has failed 2 times, and attempt 3 is under way: Boom: it went off"
    ]


def test_an_activity_that_workers_give_back(driver: Driver) -> None:
    """Its own kind, not that of parked executions."""
    run_id = driver.begin("order-1")
    driver.commit(driver.turn(run_id, activity(), wait=ANY_SIGNAL))
    problem(driver, run_id, "UNKNOWN_TYPE: no activity 'Do'")
    assert found(soon()) == {
        "returned": ["Do on default came back from its worker: UNKNOWN_TYPE: no activity 'Do'"]
    }


def test_a_queue_that_nobody_serves(driver: Driver) -> None:
    """After half a minute, unless a worker has a task of it in hand; each kind of work on its own."""
    driver.commit(*(start(task_queue="slow") for _ in range(3)))
    driver.begin(task_queue="served")
    held = driver.begin(task_queue="served")
    hold(driver, driver.load(held).workflow_task_key)
    assert found(soon()) == {}
    assert found() == {"queues": ["3 workflow tasks wait on the queue slow, and no worker is connected"]}


def test_a_queue_whose_workers_take_nothing(driver: Driver) -> None:
    """Workers that are connected are told apart from workers that are missing."""
    driver.begin(task_queue="slow")
    now = datetime.now(UTC)
    driver.database.run(
        "INSERT INTO sched_workers (engine, number, namespace, kind, queue, identity, session, types, build,"
        " slots, streaming, connected_at, seen_at) VALUES ('e', 1, 'default', 1, 'slow', 'w', 's', '[]', '',"
        " 9, %s, %s, %s)",
        [True, now, now],
    )
    told = found()
    driver.database.run("DELETE FROM sched_workers")
    assert told == {
        "queues": ["One of the workflow tasks waits on the queue slow, and its worker takes nothing"]
    }


def test_an_overdue_timer(driver: Driver) -> None:
    """Ten seconds after its time, not before."""
    run_id = driver.begin("order-1")
    driver.commit(driver.turn(run_id, c.StartTimer(command=0, duration=timedelta(hours=1)), wait=ANY_SIGNAL))
    due_at = driver.load(run_id).last_event_at + timedelta(hours=1)
    assert found(due_at + timedelta(seconds=9)) == {}
    (told,) = found(due_at + timedelta(seconds=11))["overdue"]
    assert told == f"A timer of the code was due at {due_at:%Y-%m-%d %H:%M:%S} UTC and has not fired"


def test_damage(driver: Driver) -> None:
    """A header with a status that there is not, and an entry of an inbox that was set aside."""
    run_id = driver.begin("order-1")
    damage_header(driver.database, run_id, status="BANANA")
    driver.database.run(
        "INSERT INTO sched_inbox (namespace, shard, run_id, kind, data, request_id, created_at)"
        " VALUES ('default', 0, %s, -1, %s, '', %s)",
        [raw_id(driver.database, run_id), b"\x01", datetime.now(UTC)],
    )
    told = found(soon())
    assert told["damaged"] == ["Damaged: its status is 'BANANA'"]
    assert "of kind 1, cannot be read and was set aside" in told["inbox"][0]


def failed_operation(**more: Any) -> BulkOperation:
    """One that an error has ended half way."""
    given = {
        "namespace": "default",
        "kind": "cancel",
        "filters": {"id_prefix": "order-"},
        "requested_by": "ada",
        "door": "rest",
        "started_before": soon(),
        "created_at": soon(),
        "finished_at": soon(),
        "state": "FAILED",
        "matched": 1_200,
        "found": 3_000,
    }
    return BulkOperation.objects.create(**given | more)


def test_a_bulk_operation_that_failed(operator: Client, driver: Driver) -> None:
    """Who asked, how far it has come, what to do; of a signal that some have it already."""
    number = failed_operation().pk
    told = plain(page(operator, ATTENTION))
    assert f"bulk/{number} cancel, asked for by ada, failed after 1,200 of 3,000 executions" in told
    assert "whoever was asked already is skipped" in told
    BulkOperation.objects.update(kind="signal", signal_name="go")
    assert "the signal comes twice to those that have it" in plain(page(operator, ATTENTION))


def test_a_bulk_operation_that_was_asked_for_again(driver: Driver) -> None:
    """Is told no more; nor is one of last week. One that did something else is not it again."""
    number = failed_operation().pk
    failed_operation(filters={"id_prefix": "bill-"}, state="DONE")
    failed_operation(kind="retry", finished_at=soon() - REMEMBERED)
    assert [each.split()[0] for each in found(soon())["bulk"]] == [f"bulk/{number}"]
    failed_operation(state="RUNNING", finished_at=None)
    assert found(soon()) == {}


def test_it_is_bounded(operator: Client, driver: Driver) -> None:
    """A hundred of a kind are shown, all are counted, in as many statements as for one."""
    driver.commit(*(start(f"order-{n}") for n in range(130)))
    driver.database.run("UPDATE sched_tasks SET problem = 'ERROR: x'")
    with CaptureQueriesContext(connection) as asked:
        text = page(operator, ATTENTION)
    assert text.count("What is wrong</td>") == 0
    assert text.count('data-label="What is wrong"') == 100
    assert "Parked executions 130" in plain(text)
    assert "The first 100 are shown." in plain(text)
    assert len(asked) < 40


def test_whatever_workers_send_is_text(operator: Client, driver: Driver) -> None:
    """A problem is a worker's words."""
    problem(driver, driver.begin("order-1"), "ERROR: <script>alert(1)</script>")
    assert "<script>alert" not in page(operator, ATTENTION)
