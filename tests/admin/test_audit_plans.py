"""What is asked of the audit is answered by indexes, with a hundred thousand entries beside what is looked for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.admin.conftest import client_as
from tests.admin.reading import page
from tests.store.databases import Database
from tests.store.driver import Driver
from workflows.access.audit_log import AuditFilters, entries

MANY = 100_000
NOTHING = ({"action_name": "bulk-stop"}, {"door": "rest", "action_name": "start"}, {"q": "nobody"})
AUDIT = "/admin/sched_workflows/auditentry/"
_FILL = f"""
INSERT INTO sched_audit (at, who, door, action, namespace, workflow_id, reason, details)
SELECT now() - make_interval(secs => n), 'key/k' || n % 500,
    CASE WHEN n > {MANY} - 20 THEN 'shell' WHEN n % 3 = 0 THEN 'rest' ELSE 'grpc' END,
    CASE WHEN n > {MANY} - 20 THEN 'revoke-key' WHEN n % 3 = 0 THEN 'signal' ELSE 'start' END,
    'default', 'order-' || n, '', '{{}}'
FROM generate_series(1, {MANY}) n;
ANALYZE sched_audit
"""


@pytest.fixture
def filled(database: Database, driver: Driver) -> Iterator[Driver]:
    """On Postgres alone. What is rare is old: who goes from the newest on comes to it last."""
    for statement in _FILL.split(";"):
        database.run(statement)
    yield driver
    database.run("TRUNCATE sched_audit")


def plans(driver: Driver, asked: CaptureQueriesContext) -> list[str]:
    """Of the statements that read the audit."""
    found = [each["sql"] for each in asked if 'FROM "sched_audit"' in each["sql"]]
    return ["\n".join(row[0] for row in driver.database.run(f"EXPLAIN {sql}")) for sql in found]


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
@pytest.mark.parametrize(
    ("query", "index"),
    [
        ({}, "sched_audit_newest"),
        ({"action_name": "revoke-key"}, "sched_audit_action"),
        ({"action_name": "bulk-stop"}, "sched_audit_action"),
        ({"action_name": "start"}, "sched_audit_"),
        ({"door": "shell"}, "sched_audit_door"),
        ({"door": "shell", "action_name": "revoke-key"}, "sched_audit_"),
        ({"door": "rest", "action_name": "start"}, "sched_audit_both"),
        ({"q": "key/k7"}, "sched_audit_who"),
        ({"q": "order-9999"}, "sched_audit_prefix"),
        ({"q": "nobody"}, "sched_audit_prefix"),
    ],
)
def test_pages_of_the_audit_are_found_by_indexes(filled: Driver, query: dict[str, str], index: str) -> None:
    """Whatever is chosen or looked for: rows, and how many there are."""
    client = client_as("operator")
    with CaptureQueriesContext(connection) as asked:
        text = page(client, AUDIT, **query)
    found = plans(filled, asked)
    assert "Seq Scan on sched_audit" not in "\n".join(found), "\n\n".join(found)
    assert index in "\n".join(found), "\n\n".join(found)
    assert ("field-when" in text) == (query not in NOTHING)


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_the_log_by_action_is_found_by_an_index(filled: Driver) -> None:
    """As REST reads it."""
    with CaptureQueriesContext(connection) as asked:
        found = entries(AuditFilters(action="revoke-key"), page_size=50)
    assert len(found) == 20
    (plan,) = plans(filled, asked)
    assert "sched_audit_action" in plan, plan
