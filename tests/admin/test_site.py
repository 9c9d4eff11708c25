"""The site: who sees which page, where sched stands in it, and that nothing of it is inline."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from tests.admin.conftest import client_as, client_of
from tests.admin.reading import LIST, address_of, page, plain
from tests.contracts.store_suite import ANY_SIGNAL, activity
from tests.store.crowd import hold
from tests.store.driver import Driver, payload, start
from timers.clock import SystemClock
from workflows.access import audit
from workflows.access.principal import Principal
from workflows.core import commands as c

READING = (
    LIST,
    "/admin/sched/attention/",
    "/admin/sched/tasks/",
    "/admin/sched/timers/",
    "/admin/sched/workers/",
)
AUDIT = "/admin/sched_workflows/auditentry/"
KEYS = "/admin/sched_workflows/apikey/"
ALL = (*READING, AUDIT, KEYS, "/admin/sched/keys/make/")
MAY = {"viewer": READING, "operator": (*READING, AUDIT), "admin": ALL, "": ()}


@pytest.mark.parametrize("role", MAY)
def test_who_sees_which_page(driver: Driver, role: str) -> None:
    """By role; what somebody may not see is neither linked nor answered."""
    client = client_as(role)
    front = page(client, "/admin/")
    for path in ALL:
        if path in MAY[role]:
            page(client, path)
        else:
            assert client.get(path).status_code == 403, path
        assert (f'href="{path}"' in front) == (path in MAY[role] and "make" not in path), path


def test_staff_without_a_permission_of_sched_sees_nothing_of_it(driver: Driver) -> None:
    """No link, no count."""
    text = plain(page(client_as(""), "/admin/"))
    assert "attention" not in text
    assert "Workflows" not in text


def test_a_stranger_is_sent_to_the_login(driver: Driver) -> None:
    """From every page."""
    stranger = Client(headers={"host": "localhost"})
    for path in (*ALL, "/admin/sched/act/cancel/"):
        answer = stranger.get(path)
        assert answer.headers["Location"].startswith("/admin/login/"), path


def test_the_header_leads_to_the_dashboard(operator: Client) -> None:
    """In the place of Django's "View site", on every page."""
    for path in ("/admin/", READING[0]):
        text = page(operator, path)
        assert '<a href="/">Dashboard</a>' in text
        assert "View site" not in text


def test_sched_comes_first(driver: Driver) -> None:
    """And in it what needs attention."""
    text = page(client_as("admin"), "/admin/")
    places = [text.index(f'href="{path}"') for path in ("/admin/sched/attention/", LIST, AUDIT, KEYS)]
    assert places == sorted(places)
    app = page(client_as("admin", "second"), "/admin/sched_workflows/")
    assert 'href="/admin/sched/attention/"' in app


def test_tasks_are_listed(operator: Client, driver: Driver) -> None:
    """By state, kind and queue, with who holds them."""
    waiting, held = driver.begin("order-1", task_queue="fast"), driver.begin("order-2")
    hold(driver, driver.load(held).workflow_task_key)
    busy = driver.begin("order-3")
    driver.commit(driver.turn(busy, activity(), wait=ANY_SIGNAL))
    told = plain(page(operator, "/admin/sched/tasks/"))
    assert "order-1 workflow 1, delivery 0 fast waiting" in told
    assert "order-2 workflow 1, delivery 1 default held by worker" in told
    assert "order-3 activity 3, attempt 1, delivery 0 default waiting" in told
    for query, expected in (
        ({"state": "held"}, ["order-2"]),
        ({"state": "waiting", "kind": "workflow"}, ["order-1"]),
        ({"queue": "fast"}, ["order-1"]),
        ({"state": "problem"}, []),
        ({"state": "nonsense"}, []),
        ({"page": "x"}, ["order-1", "order-2", "order-3"]),
    ):
        told = plain(page(operator, "/admin/sched/tasks/", **query))
        assert [name for name in ("order-1", "order-2", "order-3") if name in told] == expected, query
    assert address_of(waiting) in page(operator, "/admin/sched/tasks/")


@pytest.mark.parametrize("name", ["tasks", "timers"])
def test_a_filter_that_cannot_be_read_is_told(operator: Client, name: str) -> None:
    """With field, value and rule, escaped; and not taken for all."""
    told = plain(page(operator, f"/admin/sched/{name}/", state="<b>odd", kind="7"))
    assert "state: '<b>odd': must be one of " in told
    assert "kind: '7': must be one of " in told
    assert "Nothing is shown." in told
    assert "<b>odd" not in page(operator, f"/admin/sched/{name}/", state="<b>odd")


def test_timers_are_listed(operator: Client, driver: Driver) -> None:
    """With the time that is left."""
    run_id = driver.begin("order-1", execution_timeout=timedelta(days=3))
    driver.commit(driver.turn(run_id, c.StartTimer(command=0, duration=timedelta(hours=1)), wait=ANY_SIGNAL))
    told = plain(page(operator, "/admin/sched/timers/"))
    assert "order-1 timer of the code, event 3" in told
    assert "59 min" in told
    assert "order-1 execution timeout" in told
    assert "order-1 timer" not in plain(page(operator, "/admin/sched/timers/", kind="execution"))
    assert "No timer here." in plain(page(operator, "/admin/sched/timers/", state="overdue"))


def test_long_lists_come_in_pages(operator: Client, driver: Driver) -> None:
    """Of a hundred."""
    driver.commit(*(start() for _ in range(120)))
    first = page(operator, "/admin/sched/tasks/")
    assert first.count('scope="row" data-label') == 100
    assert 'href="?page=2">Next page' in first
    second = page(operator, "/admin/sched/tasks/", page=2)
    assert second.count('scope="row" data-label') == 20
    assert 'href="?page=1">Page before' in second


def test_the_audit_is_listed(driver: Driver) -> None:
    """Newest first; found by who, by the beginning of a workflow id, by action and door."""
    now = SystemClock().now()
    for who, door, action, workflow_id in (
        ("alice", "admin", "cancel", "order-1"),
        ("key/shop", "grpc", "signal", "order-2"),
    ):
        act = audit.Act(action=action, workflow_id=workflow_id, reason=f"why {workflow_id}")
        audit.record(Principal(name=who, actions=frozenset()), door, act, now)
        now += timedelta(seconds=1)
    client = client_of("view_auditentry")
    told = plain(page(client, AUDIT))
    assert told.index("order-2 why order-2") < told.index("order-1 why order-1")
    for query in ({"q": "alice"}, {"q": "order-1"}, {"action_name": "cancel"}, {"door": "admin"}):
        told = plain(page(client, AUDIT, **query))
        assert ("why order-1" in told, "why order-2" in told) == (True, False), query


def test_the_audit_of_an_execution_is_for_who_may_see_it(
    operator: Client, viewer: Client, driver: Driver
) -> None:
    """On its page."""
    run_id = driver.begin("order-1")
    act = audit.Act(action="cancel", workflow_id="order-1", run_id=run_id, reason="by mistake")
    audit.record(Principal(name="alice", actions=frozenset()), "rest", act, SystemClock().now())
    assert "alice by rest cancel by mistake" in plain(page(operator, address_of(run_id)))
    assert "by mistake" not in page(viewer, address_of(run_id))


def test_the_timeline_is_drawn(operator: Client, driver: Driver) -> None:
    """A bar for each activity and timer, and sentences beside the events."""
    run_id = driver.begin("order-1", input=payload("1"))
    timer = c.StartTimer(command=1, duration=timedelta(hours=1))
    driver.commit(driver.turn(run_id, activity(0), timer, wait=ANY_SIGNAL))
    text = page(operator, address_of(run_id))
    assert "sched-bar-activity sched-bar-open" in text
    assert "sched-bar-timer sched-bar-open" in text
    assert "Do scheduled on default" in plain(text)
    assert "Timer of 1 h 0 min" in plain(text)


def test_what_the_audit_offers_is_what_it_holds(driver: Driver) -> None:
    """Its choices are the words that acts are recorded with, those of bulk operations and keys too."""
    text = page(client_as("operator"), AUDIT)
    for verb in (
        "start",
        "signal-with-start",
        "retry",
        "bulk-cancel",
        "bulk-stop",
        "create-key",
        "revoke-key",
    ):
        assert f'href="?action_name={verb}"' in text, verb
    assert 'href="?action_name=bulk"' not in text
    assert 'href="?door=shell"' in text


def test_the_audit_is_searched_in_both_ways(driver: Driver) -> None:
    """A name and a workflow id that begin alike; entries of another namespace are not shown."""
    for who, workflow_id, namespace in (
        ("order", "a", "default"),
        ("ada", "order-1", "default"),
        ("order-2", "b", "default"),
        ("order", "c", "other"),
    ):
        act = audit.Act(
            action="start", workflow_id=workflow_id, namespace=namespace, reason=f"<{workflow_id}>"
        )
        audit.record(Principal(name=who, actions=frozenset()), "rest", act, SystemClock().now())
    told = plain(page(client_as("operator"), AUDIT, q="order"))
    assert [name for name in ("a", "order-1", "b", "c") if f"<{name}>" in told] == ["a", "order-1"]
