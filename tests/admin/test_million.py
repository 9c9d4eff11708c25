"""The operators' site on a million executions: lists and their tabs, searches, pages are there while somebody looks.

A question passes if half of its answers come within the bar by the clock, at once or when it is put again later, since
other work on the machine comes and goes. What the processors spent on it is printed beside, and decides nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from pytest_django import DjangoDbBlocker

from tests.admin.conftest import client_as, migrate_site
from tests.admin.million import ENTRIES, PROBLEM, empty_beside, fill_beside
from tests.admin.reading import LIST, address_of, page, plain, rows
from tests.admin.spending import SEARCH_BAR_SECONDS, hold
from tests.api.million import EXECUTIONS
from tests.store.databases import Database
from tests.store.default import as_default
from workflows.core.values import Status

pytestmark = pytest.mark.long

AUDIT = "/admin/sched_workflows/auditentry/"
TASKS = "/admin/sched/tasks/"
TIMERS = "/admin/sched/timers/"
STATUSES = ("", *(status.value for status in Status))
FILTERS: tuple[dict[str, str], ...] = (
    {},
    *({"type": each} for each in ("Order", "Kind7", "Absent")),
    *({"queue": each} for each in ("default", "rare", "absent")),
    *({"started": each} for each in ("hour", "day", "week", "month")),
    {"problem": "any"},
)
SEARCHES = {
    "whole id": "Order-777771",
    "few": "Order-77777",
    "many": "Order-1",
    "nearly all": "Order-",
    "a letter": "O",
    "rare and old": "Kind7-",
    "a letter that is rare": "K",
    "none": "x",
}


@pytest.fixture(scope="module")
def site(million_executions: Database, django_db_blocker: DjangoDbBlocker) -> Iterator[Database]:
    with django_db_blocker.unblock(), as_default(million_executions):
        migrate_site(million_executions)
        fill_beside(million_executions)
        yield million_executions
        empty_beside(million_executions)
        for model in (User, Session):
            model._default_manager.all().delete()


@pytest.fixture(scope="module")
def client(site: Database) -> Client:
    found = client_as("operator", "operator")
    found.get(LIST)  # what is loaded once
    return found


def test_the_list_is_there_soon_with_any_filter(client: Client) -> None:
    """Each filter alone and with each status: the first page, and the tabs with their counts."""
    both = itertools.product(FILTERS, STATUSES)
    hold(client, "lists", LIST, [query | ({"status": status} if status else {}) for query, status in both])


@pytest.mark.parametrize("what", SEARCHES)
def test_a_search_is_answered_at_once(client: Client, what: str) -> None:
    """However many ids begin so: first page and tabs."""
    hold(client, f"search, {what}", LIST, [{"q": SEARCHES[what]}], SEARCH_BAR_SECONDS)


def test_a_search_for_a_run_is_answered_at_once(client: Client, site: Database) -> None:
    """By the whole run id."""
    hold(client, "search, run", LIST, [{"q": run_of(site, "Order-777771")}], SEARCH_BAR_SECONDS)


def test_a_search_among_some_is_there_soon(client: Client) -> None:
    """Searches with a filter besides are lists with a filter."""
    chosen = ({"status": "FAILED"}, {"status": "RUNNING"}, {"type": "Order"}, {"problem": "any"})
    hold(
        client,
        "searches with filters",
        LIST,
        [{"q": q, **more} for q in SEARCHES.values() for more in chosen],
    )


@pytest.mark.parametrize(("number", "status"), [(777_771, "COMPLETED"), (7, "RUNNING")])
def test_the_page_of_an_execution_is_there_soon(
    client: Client, site: Database, number: int, status: str
) -> None:
    """Of one that has ended long ago, and of one that is parked."""
    path = address_of(run_of(site, f"Order-{number}"))
    assert status in plain(page(client, path))
    hold(client, "execution", path, [{}])


def test_what_needs_attention_is_there_soon(client: Client) -> None:
    """A hundred thousand tasks with a problem, twenty thousand overdue timers: the page, and the front page's count."""
    text = page(client, "/admin/sched/attention/")
    assert "Parked executions 10,000 or more" in plain(text)
    assert PROBLEM in text
    hold(client, "attention", "/admin/sched/attention/", [{}])
    hold(client, "front page", "/admin/", [{}])


def test_tasks_timers_and_workers_are_there_soon(client: Client) -> None:
    """Each choice of two hundred thousand tasks and as many timers, together too; three hundred workers."""
    states, kinds = ("", "waiting", "held", "problem"), ("", "workflow", "activity")
    tasks = itertools.product(states, kinds, ("", "q3", "absent"))
    hold(
        client,
        "tasks",
        TASKS,
        [{"state": state, "kind": kind, "queue": queue} for state, kind, queue in tasks],
    )
    timers = itertools.product(("", "overdue"), ("", "user", "retry", "deadline", "execution"))
    hold(client, "timers", TIMERS, [{"state": state, "kind": kind} for state, kind in timers])
    hold(client, "workers", "/admin/sched/workers/", [{}])


def test_the_audit_is_there_soon(client: Client, site: Database) -> None:
    """A million entries: each action and each door, both of one entry, and searches."""
    assert site.count("sched_audit") == ENTRIES
    actions = ({"action_name": each} for each in ("start", "signal", "revoke-key", "bulk-stop"))
    doors = ({"door": each} for each in ("rest", "grpc", "shell", "admin"))
    both = (
        {"door": "rest", "action_name": "signal"},
        {"door": "rest", "action_name": "start"},  # each is common, and both at once are not
        {"door": "shell", "action_name": "revoke-key"},
    )
    hold(client, "audit", AUDIT, [{}, *actions, *doors, *both])
    words = ("key/k7", "Order-", "Order-77777", "Order-777771", "nobody")
    hold(client, "searches of the audit", AUDIT, [{"q": word} for word in words])


def test_tabs_tell_how_many(client: Client) -> None:
    """Of few exactly, of many about; and what a sample says hides no row."""
    text = plain(page(client, LIST))
    assert f"RUNNING ~{EXECUTIONS // 1000}" in text
    assert "ALL ~" in text
    few = page(client, LIST, type="Kind7")
    assert f"ALL {EXECUTIONS // 5000} " in plain(few)
    assert len(rows(page(client, LIST, problem="any"))) == 50
    assert len(rows(page(client, LIST, q="Order-", status="TIMED_OUT"))) == 20


def run_of(database: Database, workflow_id: str) -> str:
    ((found,),) = database.run("SELECT run_id FROM sched_executions WHERE workflow_id = %s", [workflow_id])
    return str(found)
