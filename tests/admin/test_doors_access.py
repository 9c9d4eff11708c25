"""Roles × actions by the admin, of the table of all doors."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.access.table import TABLE, Outcome, expected
from tests.admin.conftest import client_as
from tests.admin.reading import address_of
from tests.api.credentials import caller_of
from tests.store.driver import Driver, payload
from workflows.access.actions import Action
from workflows.core import inputs as i

PEOPLE = ("viewer", "operator", "admin")
SECRET = "for my eyes"
ACTS = {action: f"/admin/sched/act/{action.value}/" for action in
        (Action.SIGNAL, Action.CANCEL, Action.TERMINATE, Action.RETRY)}  # fmt: skip
PAGES = {
    Action.SEE_AUDIT: "/admin/sched_workflows/auditentry/",
    Action.MANAGE_KEYS: "/admin/sched_workflows/apikey/",
}


def outcome(client: Client, action: Action, runs: dict[str, str]) -> Outcome | None:
    """None: it is not done here."""
    if action in ACTS:
        which = "closed" if action is Action.RETRY else "open"
        answer = client.get(ACTS[action], {"run": runs[which]})
    elif action in PAGES:
        answer = client.get(PAGES[action])
    elif action in (Action.READ, Action.SEE_PAYLOADS):
        answer = client.get(address_of(runs["open"]))
    else:
        return None
    if answer.status_code == 302:
        assert answer.headers["Location"].startswith("/admin/login/")
        return Outcome.UNKNOWN
    if answer.status_code == 403:
        return Outcome.DENIED
    assert answer.status_code == 200
    if action is Action.SEE_PAYLOADS and SECRET not in answer.content.decode():
        return Outcome.DENIED
    return Outcome.ALLOWED


@pytest.mark.parametrize("role", TABLE)
def test_each_role_does_what_it_may_and_no_more(driver: Driver, role: str) -> None:
    """People by their groups. A key is no login, whatever it may do elsewhere."""
    secret = payload(f'"{SECRET}"')
    runs = {name: driver.begin(name, input=secret) for name in ("open", "closed")}
    driver.commit(i.TerminateRequested(run_id=runs["closed"]))
    client = client_as(role) if role in PEOPLE else caller_of(role).client
    found = {action: outcome(client, action, runs) for action in Action}
    tried = {action: came for action, came in found.items() if came is not None}
    assert len(tried) == 8
    for action, came in tried.items():
        assert came == (expected(role, action) if role in PEOPLE else Outcome.UNKNOWN), action
