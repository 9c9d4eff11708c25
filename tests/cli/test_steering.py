"""`schedctl signal`, `cancel`, `terminate`, `retry`, `queues` and `workers`."""

from __future__ import annotations

from sched_sdk.cli.exits import Exit

from tests.cli.calling import Caller
from tests.e2e.harness.stack import Stack
from tests.e2e.harness.waiting import wait_for


def test_a_signal_is_sent(call: Caller, stack: Stack) -> None:
    """With its payload byte for byte; with a request id it has one effect."""
    handle = stack.start("Sleeping", workflow_id="cli-signals")
    assert call.well("signal", "cli-signals", "go").out == "sent go to cli-signals\n"
    for _ in range(2):
        words = ("signal", "cli-signals", "again", "--payload", "1.10", "--request-id", "once", "--json")
        assert call.well(*words).document == {"workflowId": "cli-signals", "name": "again"}
    kept = stack.wait_until(handle, "WS, {Y, TS, SR, SR}")
    signals = [event.signal_received for event in kept if event.HasField("signal_received")]
    assert [(each.name, each.payload.data) for each in signals] == [("go", b"null"), ("again", b"1.10")]


def test_a_cancel_asks_once(call: Caller, stack: Stack) -> None:
    """A second one, or one that is too late, changes nothing and says so."""
    handle = stack.start("Listening", workflow_id="cli-cancel")
    stack.wait_until(handle, "WS, Y")
    assert call.well("cancel", "cli-cancel", "--reason", "enough").out == "asked cli-cancel to stop\n"
    assert call("result", "cli-cancel", "--wait", "30").status == Exit.FAILED
    events = stack.client.history("cli-cancel")
    assert [e.workflow_execution_cancel_requested.reason for e in events][2] == "enough"
    assert call.well("cancel", "cli-cancel").out == "cli-cancel has ended, or was asked before\n"
    assert call.well("cancel", "cli-cancel", "--json").document == {
        "workflowId": "cli-cancel",
        "changed": False,
    }


def test_a_termination_is_at_once(call: Caller, stack: Stack) -> None:
    """Nobody is asked where no terminal is; the end has the reason."""
    stack.start("Listening", workflow_id="cli-terminate")
    said = call.well("terminate", "cli-terminate", "--reason", "enough", "--json")
    assert said.document == {"workflowId": "cli-terminate", "changed": True}
    said = call("result", "cli-terminate")
    assert (said.status, said.err.splitlines()[0]) == (
        Exit.FAILED,
        "workflow cli-terminate ended TERMINATED",
    )
    assert stack.client.history("cli-terminate")[-1].workflow_execution_terminated.reason == "enough"
    assert call.well("terminate", "cli-terminate").out == "cli-terminate has ended already\n"


def test_a_retry_starts_anew_with_the_same_input(call: Caller, stack: Stack) -> None:
    """Once the run has ended; before, it is refused."""
    first = stack.start("Doubling", 5, workflow_id="cli-retry")
    first.result(30)
    document = call.well("retry", "cli-retry", "--json").document
    assert (document["started"], document["runId"] != first.run_id) == (True, True)
    assert call.well("result", "cli-retry", "--wait", "30").out == "11\n"
    assert call.well("retry", "cli-retry").out.startswith("started cli-retry, run ")
    stack.start("Sleeping", workflow_id="cli-no-retry")
    said = call("retry", "cli-no-retry", "--json")
    assert (said.status, said.problem["code"]) == (Exit.REFUSED, "ALREADY_EXISTS")


def test_queues_tell_their_backlog_and_workers(call: Caller, stack: Stack) -> None:
    """One that nobody serves, and one that is served."""
    stack.start("Doubling", workflow_id="cli-waiting", task_queue="unserved")
    wait_for(lambda: stack.queue("unserved").workflow_tasks.backlog == 1, "task that waits")
    lines = call.well("queues", "unserved", "default").out.splitlines()
    assert lines[0].split() == ["QUEUE", "KIND", "BACKLOG", "OLDEST", "IN", "FLIGHT", "WORKERS"]
    assert lines[1].split()[:3] == ["unserved", "workflow", "1"]
    assert lines[1].split()[5] == "0"
    unserved, default = call.well("--json", "queues", "unserved", "default").document
    assert (unserved["taskQueue"], unserved["workflowTasks"]["backlog"]) == ("unserved", 1)
    assert unserved["workflowTasks"]["oldestAgeSeconds"] > 0
    assert unserved["activityTasks"] == {
        "backlog": 0,
        "oldestAgeSeconds": None,
        "inFlight": 0,
        "workers": [],
    }
    wait_for(lambda: stack.queue("default").workflow_tasks.workers, "poll of a worker")
    assert default["taskQueue"] == "default"


def test_workers_tell_what_they_serve(call: Caller, stack: Stack) -> None:
    """All, or those of a queue."""
    wait_for(lambda: stack.client.list_workers("default"), "poll of a worker")
    found = call.well("--json", "workers", "--queue", "default").document
    assert {worker["taskQueue"] for worker in found} == {"default"}
    [workflows, *_] = [worker for worker in found if worker["kind"] == "workflow"]
    assert "Doubling" in workflows["types"]
    assert workflows["slots"] == 100
    header, row, *_ = call.well("workers").out.splitlines()
    assert header.split()[:3] == ["WORKER", "QUEUE", "KIND"]
    assert row.split()[:2] == [workflows["identity"], "default"]
    assert call.well("workers", "--queue", "nobody", "--json").document == []
    assert call.well("workers", "--queue", "nobody").out.split()[0] == "WORKER"
