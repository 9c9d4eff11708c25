"""A retry: a new run that repeats one that has ended."""

from __future__ import annotations

from tests.api.caller import Caller
from tests.store.damaging import damage_event
from tests.store.driver import new_run_id
from workflows.core import events as e
from workflows.core import inputs as i

START = {
    "workflowName": "Ship",
    "workflowId": "order-1",
    "taskQueue": "fast",
    "input": {"n": 12345678901234567890},
    "executionTimeoutSeconds": 60,
    "memo": {"a": 1},
    "searchAttributes": {"b": 2},
}


def ended(api: Caller) -> str:
    """A run that was terminated."""
    api.start(START)
    run_id = api.run_of("order-1")
    api.driver.commit(i.TerminateRequested(run_id=run_id))
    return run_id


def test_a_retry_repeats_the_start(api: Caller) -> None:
    """Type, queue, input, timeout, memo and search attributes; its history names the run that it repeats, and who
    asked."""
    first = ended(api)

    answer = api.post("workflows/order-1/retry")

    assert answer.status == 202
    assert answer.json == {"workflowId": "order-1", "runId": api.run_of("order-1"), "retryOfRunId": first}
    before, after = api.driver.history(first)[0], api.driver.history(answer.json["runId"])[0]
    assert isinstance(before, e.WorkflowExecutionStarted)
    assert isinstance(after, e.WorkflowExecutionStarted)
    repeated = ("workflow_type", "task_queue", "input", "execution_timeout", "memo", "search_attributes")
    assert [getattr(after, name) for name in repeated] == [getattr(before, name) for name in repeated]
    assert (after.retry_of_run_id, after.identity) == (first, "rest")
    assert api.driver.database.counts()["timers"] == 1
    assert api.driver.database.counts()["tasks"] == 1


def test_an_open_run_is_not_retried(api: Caller) -> None:
    """409 names the run in the way, also where an earlier one is asked for."""
    first = ended(api)
    second = api.post("workflows/order-1/retry").json["runId"]
    for query in ("", f"?runId={first}", f"?runId={second}"):
        refused = api.post(f"workflows/order-1/retry{query}")
        assert (refused.status, refused.json["code"]) == (409, "ALREADY_EXISTS")
        assert refused.json["runId"] == second
    assert api.driver.database.counts()["executions"] == 2


def test_a_run_before_the_last_may_be_named(api: Caller) -> None:
    """Its start is repeated, not that of the last."""
    first = ended(api)
    last = api.driver.begin("order-1")
    api.driver.commit(i.TerminateRequested(run_id=last))

    answer = api.post(f"workflows/order-1/retry?runId={first}")

    assert (answer.status, answer.json["retryOfRunId"]) == (202, first)
    assert api.get("workflows/order-1").json["workflowName"] == "Ship"


def test_a_run_whose_start_is_damaged_is_not_retried(api: Caller) -> None:
    """409, with what says more; nothing was stored."""
    run_id = ended(api)
    damage_event(api.driver.database, run_id, 1)
    refused = api.post("workflows/order-1/retry")
    assert (refused.status, refused.json["code"], refused.json["runId"]) == (409, "DAMAGED", run_id)
    assert "manage.py fsck" in refused.json["detail"]
    assert api.driver.database.counts()["executions"] == 1


def test_the_start_of_another_run_is_damage(api: Caller) -> None:
    """One that reads well, and says that it began another workflow, is not started in this one's name."""
    run_id, other = ended(api), api.driver.begin("order-2")
    raw = api.driver.database
    (data,) = raw.run("SELECT data FROM sched_events WHERE run_id = %s AND seq = 1", [_raw(api, other)])[0]
    raw.run("UPDATE sched_events SET data = %s WHERE run_id = %s AND seq = 1", [data, _raw(api, run_id)])
    refused = api.post("workflows/order-1/retry")
    assert (refused.status, refused.json["code"]) == (409, "DAMAGED")


def _raw(api: Caller, run_id: str) -> str:
    return run_id if api.driver.database.is_postgres else run_id.replace("-", "")


def test_what_is_not_there_is_not_retried(api: Caller) -> None:
    """An unknown id, an unknown run, and a run of another id."""
    other = ended(api)
    for path in ("nobody/retry", f"order-1/retry?runId={new_run_id()}", f"nobody/retry?runId={other}"):
        refused = api.post(f"workflows/{path}")
        assert (refused.status, refused.json["code"]) == (404, "NOT_FOUND")


def test_a_retry_takes_no_members(api: Caller) -> None:
    """Nor does it need a body."""
    ended(api)
    refused = api.post("workflows/order-1/retry", {"reason": "why"})
    assert (refused.status, refused.fields) == (400, ["reason"])
    assert api.post("workflows/order-1/retry", b"", content_type="").status == 202
