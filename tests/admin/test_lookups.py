"""The address of a list asks for what its filters offer, and for nothing else: columns that are not shown stay so."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.admin.conftest import client_as
from tests.admin.reading import LIST, page, rows
from tests.store.driver import Driver, payload

AUDIT = "/admin/sched_workflows/auditentry/"
KEYS = "/admin/sched_workflows/apikey/"


@pytest.mark.parametrize(
    ("path", "lookup"),
    [
        (LIST, "memo__regex"),
        (LIST, "memo__startswith"),
        (LIST, "search_attributes__contains"),
        (LIST, "workflow_id"),
        (AUDIT, "details__contains"),
        (AUDIT, "namespace"),
        (KEYS, "digest__startswith"),
        (KEYS, "actions__contains"),
    ],
)
def test_no_column_can_be_guessed(driver: Driver, path: str, lookup: str) -> None:
    """Whatever the value, the answer is the same refusal."""
    driver.begin("order-1", memo=payload('{"card": "4111"}'))
    client = client_as("admin")
    for value in ("4111", "."):
        assert client.get(path, {lookup: value}).status_code == 400, value


def test_what_a_list_offers_works(viewer: Client, driver: Driver) -> None:
    """Filters, tabs, search and pages."""
    driver.begin("order-1", task_queue="fast")
    for query in (
        {"status": "RUNNING"},
        {"type": "Type", "queue": "fast"},
        {"started": "hour"},
        {"q": "order-", "status": "RUNNING"},
        {"p": "1"},
        {"o": "1"},
    ):
        assert len(rows(page(viewer, LIST, **query))) in (0, 1), query
    assert rows(page(viewer, LIST, queue="fast", status="RUNNING")) == ["order-1"]
    assert rows(page(viewer, LIST, queue="slow")) == []
    assert page(client_as("admin"), AUDIT, action_name="cancel", door="admin", q="ada")
    assert page(client_as("admin", "second"), KEYS, q="billing")
