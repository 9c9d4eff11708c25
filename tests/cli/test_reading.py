"""`schedctl list`, `describe`, `history` and `result`: what is stored, for people and for programs."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from sched_sdk.cli.exits import Exit

from tests.cli.calling import Caller, Said
from tests.e2e.harness.stack import Stack
from tests.e2e.harness.waiting import wait_for

PAYLOAD = '{"n": 123456789012345678901234567890, "x": 1.10}'


def ids(said: Said) -> list[str]:
    return [document["workflowId"] for document in said.documents]


@pytest.fixture(scope="module")
def crowd(stack: Stack) -> list[str]:
    """Five runs, oldest first: four wait, the last has ended."""
    names = [f"cli-crowd-{number}" for number in range(5)]
    for name in names[:4]:
        stack.start("Sleeping", workflow_id=name, task_queue="crowd", memo={"name": name})
    stack.start("Doubling", 1, workflow_id=names[4]).result(30)
    return names


def test_a_list_has_the_newest_first(call: Caller, crowd: list[str]) -> None:
    """A row for each run, and a document for each."""
    header, *rows = call.well("list", "--id-prefix", "cli-crowd-").out.splitlines()
    assert header.split() == ["ID", "RUN", "NAME", "STATUS", "QUEUE", "STARTED", "CLOSED"]
    assert [row.split()[0] for row in rows] == crowd[::-1]
    assert rows[0].split()[2:5] == ["Doubling", "COMPLETED", "default"]
    said = call.well("--json", "list", "--id-prefix", "cli-crowd-")
    assert ids(said) == crowd[::-1]
    assert said.documents[1]["memo"] == {"name": crowd[3]}


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (["--status", "completed"], [4]),
        (["--type", "Sleeping"], [3, 2, 1, 0]),
        (["--queue", "crowd"], [3, 2, 1, 0]),
        (["--started-after", "1h"], [4, 3, 2, 1, 0]),
        (["--started-before", "1h"], []),
        (["--status", "RUNNING", "--type", "Doubling"], []),
    ],
)
def test_a_list_is_filtered(call: Caller, crowd: list[str], filters: list[str], found: list[int]) -> None:
    """By each of its filters, and by all that are given."""
    said = call.well("list", "--json", "--id-prefix", "cli-crowd-", *filters)
    assert ids(said) == [crowd[number] for number in found]


def test_a_list_is_cut_by_instants(call: Caller, stack: Stack, crowd: list[str]) -> None:
    """With their offset; the bounds are those of the engine."""
    middle = stack.client.get(crowd[2]).execution.started_at.astimezone(dt.timezone(dt.timedelta(hours=2)))
    later = call.well(
        "list",
        "--json",
        "--id-prefix",
        "cli-crowd-",
        "--started-after",
        (middle + dt.timedelta(microseconds=1)).isoformat(),
    )
    before = call.well("list", "--json", "--id-prefix", "cli-crowd-", "--started-before", middle.isoformat())
    assert (ids(later), ids(before)) == (crowd[:2:-1], crowd[1::-1])


def test_a_list_ends_at_its_limit(call: Caller, crowd: list[str]) -> None:
    """And says that there are more; of exactly so many it does not."""
    said = call.well("list", "--json", "--id-prefix", "cli-crowd-", "--limit", "2")
    assert (ids(said), said.err) == (crowd[:2:-1], "there are more than 2: see --limit\n")
    said = call.well("list", "--id-prefix", "cli-crowd-", "--limit", "5")
    assert (len(said.out.splitlines()), said.err) == (6, "")


def test_a_list_goes_over_pages(call: Caller, stack: Stack) -> None:
    """More runs than the engine gives at once."""
    count = 510
    started = threading.Semaphore(0)

    def start(numbers: range) -> None:
        for number in numbers:
            stack.start("Doubling", workflow_id=f"cli-page-{number}", task_queue="pages")
            started.release()

    threads = [threading.Thread(target=start, args=(range(part, count, 16),)) for part in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    said = call.well("list", "--json", "--queue", "pages", "--limit", "1000")
    assert sorted(ids(said)) == sorted(f"cli-page-{number}" for number in range(count))


def test_a_description_has_everything_that_is_pending(call: Caller, stack: Stack) -> None:
    """A timer and a signal that no turn has taken; payloads as they were sent."""
    stack.start("Sleeping", {"a": 1}, workflow_id="cli-pending")
    call.well("signal", "cli-pending", "go", "--payload", PAYLOAD)
    wait_for(lambda: stack.client.get("cli-pending").timers, "timer")
    said = call.well("describe", "cli-pending")
    assert (said.facts["status"], said.facts["input"]) == ("RUNNING", '{"a":1}')
    assert "\ntimers\nNUMBER  DUE\n" in said.out
    assert PAYLOAD in said.out.partition("signals that no turn has taken")[2]
    said = call.well("describe", "cli-pending", "--json")
    pending = said.document["pending"]
    assert [timer["dueAt"] > said.document["startedAt"] for timer in pending["timers"]] == [True]
    assert [signal["name"] for signal in pending["signals"]] == ["go"]
    assert f'"payload":{PAYLOAD}' in said.out


def test_a_description_has_attempts_and_failures(call: Caller, stack: Stack) -> None:
    """An activity that backs off: its attempt, why the last one failed, when the next one is."""
    handle = stack.start("BacksOff", workflow_id="cli-backs-off")
    wait_for(
        lambda: [a.state for a in handle.describe().activities] == ["BACKING_OFF"], "activity that backs off"
    )
    page, document = call.well("describe", "cli-backs-off"), call.well("describe", "cli-backs-off", "--json")
    [activity] = document.document["pending"]["activities"]
    assert (activity["activityType"], activity["state"]) == ("FailOnce", "BACKING_OFF")
    assert activity["lastFailure"]["message"] == "the first attempt fails"
    assert activity["nextAttemptAt"] is not None
    assert "\nactivity FailOnce\n" in page.out
    assert page.facts["attempt"] == str(activity["attempt"])
    assert "\nlast failure\n  ValueError: the first attempt fails\n" in page.out


def test_a_description_has_a_parked_turn_with_its_problem(call: Caller, stack: Stack) -> None:
    """A workflow that no worker knows."""
    handle = stack.start("NoSuchType", workflow_id="cli-unknown")
    wait_for(lambda: handle.describe().execution.problem, "turn that is given back")
    page, document = call.well("describe", "cli-unknown"), call.well("describe", "cli-unknown", "--json")
    task = document.document["pending"]["workflowTask"]
    assert task["turn"] == 1
    assert task["problem"].startswith("UNKNOWN_TYPE: workflow type 'NoSuchType'")
    assert "\nworkflow task\n" in page.out
    assert page.facts["problem"].startswith("UNKNOWN_TYPE: ")
    pending = handle.describe().workflow_task
    assert pending is not None
    assert (pending.turn, pending.problem) == (1, task["problem"])


def test_a_description_has_the_chain_of_causes(call: Caller, stack: Stack) -> None:
    """Of a failed run, with where each was raised."""
    stack.start("Raising", workflow_id="cli-chain")
    call("result", "cli-chain", "--wait", "30")
    said = call.well("describe", "cli-chain")
    lines = said.out.partition("\nfailure\n")[2].splitlines()
    assert [line for line in lines if not line.startswith("      ")] == [
        "  ValueError: no such order",
        "  caused by KeyError: 'order'",
    ]
    assert "in raising" in said.out


def test_a_run_id_names_an_earlier_run(call: Caller, stack: Stack) -> None:
    """Without it the last one is meant."""
    first = stack.start("Doubling", 1, workflow_id="cli-twice")
    first.result(30)
    second = stack.start("Doubling", 2, workflow_id="cli-twice")
    second.result(30)
    assert call.well("describe", "cli-twice", "--json").document["runId"] == second.run_id
    assert call.well("describe", "cli-twice", "--run-id", first.run_id, "--json").document["input"] == 1
    assert call.well("result", "cli-twice", "--run-id", first.run_id).out == "3\n"
    [started, *_] = call.well("history", "cli-twice", "--run-id", first.run_id, "--json").documents
    assert started["attributes"]["runId"] == first.run_id


def test_a_history_is_a_line_for_each_event(call: Caller, stack: Stack) -> None:
    """With its number, type and attributes; `--after` leaves out the first ones."""
    stack.start("Doubling", 1, workflow_id="cli-history").result(30)
    types = [
        "WorkflowExecutionStarted",
        "WorkflowTaskCompleted",
        "ActivityTaskScheduled",
        "ActivityTaskCompleted",
        "WorkflowTaskCompleted",
        "WorkflowExecutionCompleted",
    ]
    lines = call.well("history", "cli-history").out.splitlines()
    assert [line.split()[2] for line in lines] == types
    assert lines[-1].endswith("  result=3")
    found = call.well("history", "cli-history", "--json").documents
    assert [event["type"] for event in found] == types
    assert [event["number"] for event in found] == [1, 2, 3, 4, 5, 6]
    assert found[2]["attributes"]["command"] == 0
    assert found[3]["attributes"]["result"] == 2
    assert call.well("history", "cli-history", "--json", "--after", "4").documents == found[4:]


def test_a_history_is_followed_to_the_end_of_the_run(call: Caller, stack: Stack) -> None:
    """Events come as they happen, and the command ends with the run."""
    handle = stack.start("Listening", workflow_id="cli-followed")
    stack.wait_until(handle, "WS, Y")
    timer = threading.Timer(0.5, handle.signal, ("go", {"a": 1}))
    timer.start()
    events = call.well("history", "cli-followed", "--follow", "--json").documents
    timer.join()
    assert [event["type"] for event in events][2:] == [
        "SignalReceived",
        "WorkflowTaskCompleted",
        "WorkflowExecutionCompleted",
    ]
    assert [event["number"] for event in events] == [1, 2, 3, 4, 5]


def test_a_result_is_told_once_it_is_there(call: Caller, stack: Stack) -> None:
    """At once, or after a wait; JSON text alone for the next program."""
    handle = stack.start("SignalDemo", workflow_id="cli-result")
    said = call("result", "cli-result")
    assert (said.status, said.out) == (Exit.RUNNING, "")
    timer = threading.Timer(0.3, handle.signal, ("go", {"a": 1}))
    timer.start()
    assert call.well("result", "cli-result", "--wait", "30").out == '"got go={\\"a\\":1}"\n'
    timer.join()
    document = call.well("result", "cli-result", "--json").document
    assert (document["status"], document["result"]) == ("COMPLETED", 'got go={"a":1}')
