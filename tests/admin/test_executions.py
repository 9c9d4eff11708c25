"""The list of executions and the page of one: readable, read only, cheap, and safe with whatever workers send."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.admin.conftest import client_of
from tests.admin.reading import LIST, page, plain, rows
from tests.contracts.store_suite import ANY_SIGNAL, activity, boom
from tests.store.crowd import raw_id
from tests.store.driver import Driver, new_run_id, payload, start
from workflows.core import commands as c
from workflows.core import inputs as i
from workflows.core.values import Failure, Payload, Wait

HOSTILE = "</pre><script>alert(1)</script><img src=x onerror=alert(1)>'\""


def test_the_list_shows_the_newest_first(operator: Client, driver: Driver) -> None:
    """Filters by status, queue and type narrow it; the open ones tell their duration so far."""
    for n in range(3):
        driver.begin(f"order-{n}", task_queue="fast")
    driver.commit(i.TerminateRequested(run_id=driver.begin("order-3")))
    text = page(operator, LIST)
    assert rows(text) == ["order-3", "order-2", "order-1", "order-0"]
    assert "TERMINATED" in plain(text)
    assert " …" in plain(text)
    assert rows(page(operator, LIST, status="TERMINATED")) == ["order-3"]
    assert len(rows(page(operator, LIST, queue="fast"))) == 3
    assert rows(page(operator, LIST, type="Other")) == []


def test_a_parked_execution_stands_out(operator: Client, driver: Driver) -> None:
    """The list marks it and its page says why; one that merely waits is not marked."""
    run_id = driver.begin("order-1")
    driver.begin("order-2")
    driver.database.run(
        "UPDATE sched_tasks SET problem = 'no such type' WHERE run_id = %s", [raw_id(driver.database, run_id)]
    )
    text = page(operator, LIST)
    assert text.count('class="sched-parked" title="no such type"') == 1
    assert "Parked: no such type" in plain(page(operator, f"{LIST}{run_id}/change/"))


def test_search_is_by_what_an_index_finds(operator: Client, driver: Driver) -> None:
    """By the beginning of a workflow id or by a whole run id; `%` is no wildcard."""
    run_id = driver.begin("order-1")
    driver.begin("other-1")
    assert rows(page(operator, LIST, q="order-")) == ["order-1"]
    assert rows(page(operator, LIST, q=f" {run_id} ")) == ["order-1"]
    assert rows(page(operator, LIST, q="rder")) == []
    assert rows(page(operator, LIST, q="%")) == []


def test_the_list_counts_once(operator: Client, driver: Driver) -> None:
    """For the tabs, which tell the pages what they need; and it costs the same for many rows as for few."""
    driver.commit(*(start() for _ in range(60)))
    with CaptureQueriesContext(connection) as asked:
        text = page(operator, LIST)
    assert len(rows(text)) == 50
    assert "RUNNING <b>60</b>" in text
    assert (
        len([each["sql"] for each in asked if each["sql"].startswith("SELECT") and "COUNT(" in each["sql"]])
        == 1
    )
    assert len(asked) <= 9


def test_a_page_tells_all_of_an_execution(operator: Client, driver: Driver) -> None:
    """Status, input to the digit, what is pending with its last failure and causes, and the events."""
    run_id = driver.begin("order-1", input=payload('{"order": 12345678901234567890, "x": 1.0e2}'))
    timer = c.StartTimer(command=1, duration=timedelta(hours=1))
    driver.commit(driver.turn(run_id, activity(0), timer, wait=ANY_SIGNAL))
    key = driver.activity_key(run_id, 3)
    failure = boom(cause=Failure(type="Deeper", message="the reason", stack_trace="line 1\nline 2"))
    driver.commit(i.ActivityFailed(key=key, delivery=driver.claim(key), failure=failure))

    text = plain(page(operator, f"{LIST}{run_id}/change/"))

    for shown in (
        *("RUNNING", run_id, "Type", "12345678901234567890", "1.0e2"),
        *("BACKING_OFF", "attempt 1", "Boom", "Deeper", "the reason", "line 2", "Timer", "due at"),
        *("WS", "WorkflowExecutionStarted", "AS", "ActivityTaskScheduled", "AR", "delaySeconds"),
    ):
        assert shown in text


def test_the_end_is_told(operator: Client, driver: Driver) -> None:
    """The result of a completed execution, the failure of a failed one."""
    done, failed = driver.begin(), driver.begin()
    driver.commit(driver.turn(done, c.CompleteWorkflow(result=payload('"ok"')), wait=Wait()))
    driver.commit(driver.turn(failed, c.FailWorkflow(failure=boom()), wait=Wait()))
    assert 'Result "ok"' in plain(page(operator, f"{LIST}{done}/change/"))
    assert "it went off" in plain(page(operator, f"{LIST}{failed}/change/"))


def test_a_long_history_comes_in_pages(operator: Client, driver: Driver) -> None:
    """Of 200 events each; an `after` that is no number gives the first."""
    run_id = driver.begin()
    driver.commit(driver.turn(run_id, *(activity(n) for n in range(250)), wait=ANY_SIGNAL))
    path = f"{LIST}{run_id}/change/"
    first, rest = page(operator, path), page(operator, path, after=200)
    assert first.count('class="sched-short"') == 200
    assert "?after=200" in first
    assert rest.count('class="sched-short"') == 52
    assert "First page" in rest
    assert page(operator, path, after="x'; DROP").count('class="sched-short"') == 200


def test_whatever_workers_send_is_text(operator: Client, driver: Driver) -> None:
    """Payloads, messages, names, heartbeats: nothing of them becomes markup."""
    run_id = driver.begin("order-1", input=payload(f'"{HOSTILE.replace(chr(34), "")}"'))
    driver.commit(
        i.SignalSent(run_id=run_id, name=HOSTILE[:200], payload=Payload(b"\xff<script>", "<script>"))
    )
    failing = activity(0)
    driver.commit(driver.turn(run_id, failing, wait=Wait(commands=frozenset({0}))))
    key = driver.activity_key(run_id, 4)
    failure = Failure(type=HOSTILE, message=HOSTILE, stack_trace=HOSTILE, details=payload('"<script>"'))
    driver.commit(i.ActivityFailed(key=key, delivery=driver.claim(key), failure=failure))
    driver.database.run("UPDATE sched_tasks SET problem = %s", [HOSTILE])

    for path in (LIST, f"{LIST}{run_id}/change/"):
        text = page(operator, path)
        assert "<script>alert" not in text
        assert "<img src=x" not in text


def test_payloads_are_seen_by_those_who_may(driver: Driver) -> None:
    """Without the permission, input and memo are hidden, and the page says so."""
    run_id = driver.begin(input=payload('"for my eyes"'), memo=payload('{"my": "memo"}'))
    text = page(client_of("view_execution"), f"{LIST}{run_id}/change/")
    assert "for my eyes" not in text
    assert '"my"' not in text
    assert "hidden" in text


def test_nothing_can_be_changed(operator: Client, driver: Driver) -> None:
    """Add and delete are forbidden; a change or an action that is posted writes nothing."""
    run_id = driver.begin()
    assert operator.get(f"{LIST}add/").status_code == 403
    assert operator.get(f"{LIST}{run_id}/delete/").status_code == 403
    before = driver.database.counts()
    operator.post(f"{LIST}{run_id}/change/", {"status": "COMPLETED"})
    operator.post(LIST, {"action": "delete_selected", "_selected_action": run_id})
    assert driver.database.counts() == before
    assert "RUNNING" in page(operator, f"{LIST}{run_id}/change/")


@pytest.mark.parametrize("key", ["", "nonsense", None])
def test_an_execution_that_is_not_there(operator: Client, key: str | None) -> None:
    """A key that is empty, malformed or unknown is no server error."""
    path = f"{LIST}{new_run_id() if key is None else key}/change/"
    assert operator.get(path).status_code in (302, 404)


def test_nobody_looks_without_permission(driver: Driver) -> None:
    """A stranger is sent to the login; a user without the permission is refused."""
    run_id = driver.begin()
    stranger = Client(headers={"host": "localhost"})
    for path in (LIST, f"{LIST}{run_id}/change/"):
        answer = stranger.get(path)
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/admin/login/")
    without = client_of()
    assert without.get(LIST).status_code == 403
    assert without.get(f"{LIST}{run_id}/change/").status_code in (403, 404)


def test_the_login_works_on_loopback(driver: Driver) -> None:
    """Without TLS: the cookies must not demand it."""
    from django.contrib.auth.models import User

    User.objects.create_superuser("admin", password="a long passphrase")
    client = Client(headers={"host": "127.0.0.1:8080"}, enforce_csrf_checks=True)
    client.get("/admin/login/")
    answer = client.post(
        "/admin/login/",
        {
            "username": "admin",
            "password": "a long passphrase",
            "next": LIST,
            "csrfmiddlewaretoken": client.cookies["csrftoken"].value,
        },
    )
    assert (answer.status_code, answer.headers["Location"]) == (302, LIST)
    assert not client.cookies["sessionid"]["secure"]
    assert client.get(LIST).status_code == 200


def test_the_index_offers_the_executions(operator: Client) -> None:
    """The admin's first page links to the list."""
    assert LIST in page(operator, "/admin/")
