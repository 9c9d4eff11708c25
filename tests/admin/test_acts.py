"""Signal, cancel, terminate and retry: previewed, confirmed, done, told in the audit and the history."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.admin.conftest import client_as, client_of
from tests.admin.reading import LIST, address_of, clean, drain, fields, page, plain
from tests.store.driver import Driver, payload, start
from workflows.core import events as e
from workflows.core import inputs as i
from workflows.models import AuditEntry

ACT = "/admin/sched/act/"
NOBODY = "00000000-0000-0000-0000-000000000000"
VERBS = ("signal", "cancel", "terminate", "retry")


def post(client: Client, verb: str, text: str, **given: str) -> tuple[int, str]:
    """Sends a page's form, filled in; the status and the text that comes in the end."""
    answer = client.post(f"{ACT}{verb}/", {**fields(text), **given}, follow=True)
    return answer.status_code, clean(answer)


def asked(client: Client, verb: str, run_id: str) -> str:
    return page(client, f"{ACT}{verb}/", run=run_id)


def selected(client: Client, verb: str, *run_ids: str, **query: str) -> str:
    """The list's action for these rows."""
    answer = client.post(LIST, {"action": verb, "_selected_action": run_ids}, query_params=query)
    assert answer.status_code == 200, answer.headers
    return clean(answer)


def entries() -> list[tuple[str, str, str, str, str]]:
    found = AuditEntry.objects.order_by("id")
    return [(row.who, row.door, row.action, row.workflow_id, row.reason) for row in found]


def test_a_signal_reaches_the_execution(operator: Client, driver: Driver) -> None:
    """With its payload byte for byte, under the operator's identity, and an entry in the audit without the payload."""
    run_id = driver.begin("order-1")
    text = asked(operator, "signal", run_id)
    assert "1 execution will be signalled" in plain(text)
    given = '{"big": 12345678901234567890,\r\n "x": 1.0e2}'
    status, answered = post(operator, "signal", text, name="approve", payload=given, reason="asked by phone")
    assert (status, "The execution was signalled." in plain(answered)) == (200, True)
    assert drain(driver, run_id) == "WS SR"
    received = driver.history(run_id)[-1]
    assert isinstance(received, e.SignalReceived)
    assert (received.name, received.identity) == ("approve", "admin:operator")
    assert received.payload is not None
    assert received.payload.data == b'{"big": 12345678901234567890,\n "x": 1.0e2}'
    assert entries() == [("operator", "admin", "signal", "order-1", "asked by phone")]
    assert AuditEntry.objects.get().details == {"signal": "approve"}


def test_a_form_that_is_sent_twice_sends_one_signal(operator: Client, driver: Driver) -> None:
    """A double click, or a reload of the answer."""
    run_id = driver.begin("order-1")
    text = asked(operator, "signal", run_id)
    for _ in range(2):
        post(operator, "signal", text, name="go")
    assert drain(driver, run_id) == "WS SR"
    assert len(entries()) == 1


def test_cancel_and_terminate(operator: Client, driver: Driver) -> None:
    """With the reason in history and audit."""
    first, second = driver.begin("order-1"), driver.begin("order-2")
    post(operator, "cancel", asked(operator, "cancel", first), reason="wrong address")
    post(operator, "terminate", asked(operator, "terminate", second), reason="stuck since Monday")
    assert drain(driver, first) == "WS WCR"
    assert drain(driver, second) == "WS WT"
    asked_to_stop, ended = driver.history(first)[-1], driver.history(second)[-1]
    assert isinstance(asked_to_stop, e.WorkflowExecutionCancelRequested)
    assert isinstance(ended, e.WorkflowExecutionTerminated)
    assert (asked_to_stop.reason, asked_to_stop.identity) == ("wrong address", "admin:operator")
    assert (ended.reason, ended.identity) == ("stuck since Monday", "admin:operator")
    assert [entry[2:] for entry in entries()] == [
        ("cancel", "order-1", "wrong address"),
        ("terminate", "order-2", "stuck since Monday"),
    ]
    told = plain(page(operator, address_of(second)))
    assert "Terminated by admin:operator: stuck since Monday" in told
    assert "operator by admin terminate stuck since Monday" in told


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"name": ""}, "A name is required"),
        ({"name": "a b"}, "'a b' must be 1 to 200 characters of A-Z a-z 0-9 . _ : @ + -."),
        ({"name": "go", "payload": "{'a': 1}"}, "Must be JSON text: Expecting property name"),
        ({"name": "go", "payload": "NaN"}, "Must be JSON text: NaN is no JSON number."),
        ({"name": "go", "payload": '{"a": 1, "a": 2}'}, "a name occurs twice in one of its objects."),
        ({"name": "go", "reason": "x" * 2001}, "must be at most 2000 characters without NUL."),
    ],
)
def test_a_signal_that_breaks_a_rule_changes_nothing(
    operator: Client, driver: Driver, given: dict[str, str], says: str
) -> None:
    """The rule is told at the field, and what was typed is kept."""
    run_id = driver.begin("order-1")
    status, text = post(operator, "signal", asked(operator, "signal", run_id), **given)
    assert status == 400
    assert says in plain(text)
    assert "sched-wrong" in text
    for value in filter(None, given.values()):
        assert value in plain(text.replace("value=", ">value="))
    assert drain(driver, run_id) == "WS"
    assert entries() == []


def test_terminate_wants_a_reason(operator: Client, driver: Driver) -> None:
    """Spaces are none."""
    run_id = driver.begin("order-1")
    status, text = post(operator, "terminate", asked(operator, "terminate", run_id), reason="  ")
    assert (status, "A reason is required" in plain(text)) == (400, True)
    assert drain(driver, run_id) == "WS"


def test_many_at_once(operator: Client, driver: Driver) -> None:
    """The preview says which will be touched and which skipped and why; each gets its entry; the list comes back."""
    runs = [driver.begin(f"order-{n}") for n in range(4)]
    driver.commit(i.TerminateRequested(run_id=runs[3]))
    text = selected(operator, "cancel", *runs)
    assert "3 executions will be asked to stop" in plain(text)
    assert "1 will be skipped" in plain(text)
    assert "it has ended (TERMINATED)" in plain(text)
    status, answered = post(operator, "cancel", text, reason="sale is over")
    assert (status, "3 executions were asked to stop. 1 skipped" in plain(answered)) == (200, True)
    assert [drain(driver, run) for run in runs] == ["WS WCR"] * 3 + ["WS WT"]
    assert sorted(entry[3] for entry in entries()) == ["order-0", "order-1", "order-2"]
    assert AuditEntry.objects.all()[0].details == {"selected": 4}


def test_the_list_comes_back_as_it_was(operator: Client, driver: Driver) -> None:
    """With its filters."""
    runs = [driver.begin(f"order-{n}") for n in range(2)]
    text = selected(operator, "cancel", *runs, status="RUNNING", type="Type")
    answer = operator.post(f"{ACT}cancel/", fields(text))
    assert answer.headers["Location"] == f"{LIST}?status=RUNNING&type=Type"


def test_a_run_that_ends_meanwhile_is_left_alone(operator: Client, driver: Driver) -> None:
    """Between the preview and the confirmation; there is no entry for what was not done."""
    run_id = driver.begin("order-1")
    text = asked(operator, "signal", run_id)
    driver.commit(i.TerminateRequested(run_id=run_id))
    status, answered = post(operator, "signal", text, name="go")
    assert (status, "Nothing was signalled. 1 skipped" in plain(answered)) == (200, True)
    assert entries() == []


def test_more_than_a_transaction_holds_are_refused(operator: Client, driver: Driver) -> None:
    """By the list, and by whoever posts them without it."""
    driver.commit(*(start() for _ in range(1001)))
    data = {"action": "cancel", "select_across": "1", "_selected_action": "x"}
    answer = operator.post(LIST, data, follow=True)
    assert "More than 1,000 executions are too many" in plain(clean(answer))
    many = ",".join(f"00000000-0000-0000-0000-{n:012}" for n in range(1001))
    given = {"runs": many, "token": "00000000-0000-0000-0000-000000000001"}
    refused = operator.post(f"{ACT}cancel/", given)
    assert refused.status_code == 400
    assert driver.database.counts()["inbox"] == 0


def test_a_thousand_are_done_in_one_go(operator: Client, driver: Driver) -> None:
    """All that a filter finds, when they are no more."""
    given = [start(f"order-{n}") for n in range(1000)]
    driver.commit(*given)
    data = {"action": "cancel", "select_across": "1", "_selected_action": given[0].run_id}
    text = clean(operator.post(LIST, data))
    assert "1000 executions will be asked to stop" in plain(text)
    assert "and 900 more" in plain(text)
    status, _ = post(operator, "cancel", text)
    assert status == 200
    assert driver.database.counts()["inbox"] == 1000
    assert AuditEntry.objects.count() == 1000


def test_a_retry_is_a_new_run(operator: Client, driver: Driver) -> None:
    """Of the same workflow id and input, told in both runs and in the audit; the answer is the new run's page."""
    first = driver.begin("order-1", input=payload('{"order": 1}'))
    driver.commit(i.TerminateRequested(run_id=first))
    text = asked(operator, "retry", first)
    answer = operator.post(f"{ACT}retry/", {**fields(text), "reason": "the bank is back"})
    second = answer.headers["Location"].removeprefix(LIST).removesuffix("/change/")
    assert second != first
    started = driver.history(second)[0]
    assert isinstance(started, e.WorkflowExecutionStarted)
    assert (started.retry_of_run_id, started.identity) == (first, "admin:operator")
    assert started.input == payload('{"order": 1}')
    assert entries() == [("operator", "admin", "retry", "order-1", "the bank is back")]
    assert AuditEntry.objects.get().details == {"newRunId": second}
    assert address_of(first) in page(operator, address_of(second))
    assert address_of(second) in page(operator, address_of(first))


def test_what_a_retry_skips(operator: Client, driver: Driver) -> None:
    """Open runs, runs whose id has an open one, and the older ones of an id; a form sent twice starts one run."""
    first, second = driver.begin("order-1"), ""
    driver.commit(i.TerminateRequested(run_id=first))
    second = driver.begin("order-1")
    driver.commit(i.TerminateRequested(run_id=second))
    ended = driver.begin("order-2")
    driver.commit(i.TerminateRequested(run_id=ended))
    again = driver.begin("order-2")
    text = selected(operator, "retry", first, second, ended, again)
    assert "1 execution will be started again" in plain(text)
    for why in ("still running", "another run of its workflow id is open", "a newer run of its workflow id"):
        assert why in plain(text)
    assert "/admin/sched/act/retry/" not in page(operator, address_of(ended))
    for _ in range(2):
        post(operator, "retry", text)
    assert driver.database.counts()["executions"] == 5
    assert [entry[2:4] for entry in entries()] == [("retry", "order-1")]


def test_a_viewer_can_do_nothing(viewer: Client, driver: Driver) -> None:
    """No button, no action in the list, and neither page nor form answers."""
    run_id = driver.begin("order-1")
    assert "/admin/sched/act/" not in page(viewer, address_of(run_id))
    assert 'name="action"' not in page(viewer, LIST)
    for verb in VERBS:
        assert viewer.get(f"{ACT}{verb}/", {"run": run_id}).status_code == 403
        given = {"runs": run_id, "token": run_id, "name": "go", "reason": "because"}
        assert viewer.post(f"{ACT}{verb}/", given).status_code == 403
        viewer.post(LIST, {"action": verb, "_selected_action": run_id})
    assert drain(driver, run_id) == "WS"
    assert entries() == []


@pytest.mark.parametrize("verb", VERBS)
def test_each_act_has_its_own_permission(driver: Driver, verb: str) -> None:
    """Who may do one may not do the others."""
    run_id = driver.begin("order-1")
    if verb == "retry":
        driver.commit(i.TerminateRequested(run_id=run_id))
    client = client_of("view_execution", f"{verb}_execution")
    text = page(client, address_of(run_id))
    for other in VERBS:
        assert (f"{ACT}{other}/" in text) == (other == verb)
        assert client.get(f"{ACT}{other}/", {"run": run_id}).status_code == (200 if other == verb else 403)
    assert f'<option value="{verb}">' in page(client, LIST)


def test_who_may_act_but_not_look_does_neither(driver: Driver) -> None:
    """The preview would show executions."""
    run_id = driver.begin("order-1")
    assert client_of("terminate_execution").get(f"{ACT}terminate/", {"run": run_id}).status_code == 403


def test_a_form_of_another_site_is_refused(driver: Driver) -> None:
    """Without the token of the page nothing is done."""
    run_id = driver.begin("order-1")
    client = client_as("operator")
    client.handler.enforce_csrf_checks = True
    given = {"runs": run_id, "token": run_id, "reason": "because"}
    assert client.post(f"{ACT}terminate/", given).status_code == 403
    assert drain(driver, run_id) == "WS"


@pytest.mark.parametrize("path", ["dance/", "cancel/", "cancel/?run=nonsense", f"cancel/?run={NOBODY}"])
def test_what_is_not_there(operator: Client, path: str) -> None:
    """An unknown act, no execution, one that is none, one that nobody has."""
    assert operator.get(f"{ACT}{path}").status_code == 404


def test_a_page_that_is_not_ours_is_refused(operator: Client, driver: Driver) -> None:
    """Run ids and the token are looked at before anything is done."""
    run_id = driver.begin("order-1")
    for given in ({"runs": "x", "token": run_id}, {"runs": run_id, "token": "x"}, {}):
        assert operator.post(f"{ACT}cancel/", given).status_code == 400
    assert drain(driver, run_id) == "WS"
