"""`schedctl start`: what is typed is what the engine gets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sched_sdk.cli.exits import Exit
from sched_sdk.proto.v1.history_pb2 import WorkflowExecutionStarted

from tests.cli.calling import Caller
from tests.e2e.harness.stack import Stack

TEXT = '{"big": 123456789012345678901234567890, "exact": 1.10, "small": 1e-2, "text": "ü"}'


def first_event(stack: Stack, workflow_id: str) -> WorkflowExecutionStarted:
    started = stack.client.history(workflow_id)[0].workflow_execution_started
    assert isinstance(started, WorkflowExecutionStarted)
    return started


def test_a_start_says_which_run_it_has_made(call: Caller, stack: Stack) -> None:
    """In a line for people, and in a document for programs."""
    said = call.well("start", "Doubling", "--input", "4", "--id", "cli-start-1")
    run = stack.client.get("cli-start-1").execution.run_id
    assert said.out == f"started cli-start-1, run {run}\n"
    document = call.well("--json", "start", "Doubling", "--input", "4", "--id", "cli-start-2").document
    run = stack.client.get("cli-start-2").execution.run_id
    assert document == {"workflowId": "cli-start-2", "runId": run, "started": True}


def test_every_option_arrives(call: Caller, stack: Stack) -> None:
    """Each in its field of the first event."""
    options = {
        "--id": "cli-all",
        "--queue": "nobody",
        "--timeout": "1.5h",
        "--memo": '{"who":"ada"}',
        "--search-attributes": '{"k":1}',
        "--request-id": "cli-request",
        "--reuse-policy": "reject_duplicate",
        "--conflict-policy": "USE_EXISTING",
    }
    words = [word for pair in options.items() for word in pair]
    assert call.well("start", "Doubling", *words, "--json").document["started"] is True
    event = first_event(stack, "cli-all")
    assert (event.workflow_type, event.task_queue) == ("Doubling", "nobody")
    assert event.execution_timeout_us == 5_400_000_000
    assert (event.memo.data, event.search_attributes.data) == (b'{"who":"ada"}', b'{"k":1}')
    assert (event.request_id, event.input.data) == ("cli-request", b"null")
    assert call.well("start", "Doubling", *words, "--json").document["started"] is False
    assert call.well("start", "Doubling", "--id", "cli-all", "--conflict-policy", "use_existing").out == (
        f"found cli-all, run {event.run_id}\n"
    )


@pytest.mark.parametrize("way", ["--input", "--input-file", "-"])
def test_input_travels_byte_for_byte(call: Caller, stack: Stack, tmp_path: Path, way: str) -> None:
    """From an argument, a file and standard input; no digit of a number is lost."""
    (tmp_path / "input.json").write_text(TEXT)
    given = {"--input": ["--input", TEXT], "--input-file": ["--input-file", str(tmp_path / "input.json")]}
    said = call.well("start", "Sleeping", *given.get(way, ["--input-file", "-"]), "--json", stdin=TEXT)
    workflow_id = said.document["workflowId"]
    assert first_event(stack, workflow_id).input.data == TEXT.encode()
    assert f'"input":{TEXT}' in call.well("describe", workflow_id, "--json").out


def test_a_start_that_waits_tells_the_result(call: Caller) -> None:
    """Standard output has the result alone; a document has it with the run."""
    said = call.well("start", "Doubling", "--input", "21", "--wait", "30s")
    assert said.out == "43\n"
    assert said.err.startswith("started ")
    document = call.well("--json", "start", "Doubling", "--input", "21", "--wait", "30").document
    assert (document["status"], document["result"], document["started"]) == ("COMPLETED", 43, True)
    assert document["failure"] is None


def test_a_failure_is_told_with_its_causes(call: Caller) -> None:
    """On standard error for people; in the document for programs. The status is 4."""
    said = call("start", "Raising", "--id", "cli-raising", "--wait", "30")
    assert (said.status, said.out) == (Exit.FAILED, "")
    assert said.err.splitlines()[1:] == [
        "workflow cli-raising ended FAILED",
        "  ValueError: no such order",
        "  caused by KeyError: 'order'",
    ]
    said = call("--json", "start", "Raising", "--wait", "30")
    assert (said.status, said.document["status"]) == (Exit.FAILED, "FAILED")
    assert said.document["failure"]["cause"]["type"] == "KeyError"


def test_a_wait_that_is_over_is_no_end(call: Caller) -> None:
    """The status is 5, and the workflow runs on."""
    said = call("start", "Listening", "--id", "cli-listening", "--wait", "0.1")
    assert (said.status, said.out) == (Exit.RUNNING, "")
    assert said.err.endswith("workflow cli-listening is still running\n")
    said = call("--json", "start", "Listening", "--wait", "100ms")
    assert (said.status, said.document["status"], said.document["result"]) == (Exit.RUNNING, "RUNNING", None)


def test_an_id_that_is_taken_names_its_run(call: Caller, stack: Stack) -> None:
    """Refused, with the run in the way."""
    call.well("start", "Sleeping", "--id", "cli-taken")
    run = stack.client.get("cli-taken").execution.run_id
    said = call("--json", "start", "Sleeping", "--id", "cli-taken")
    assert said.status == Exit.REFUSED
    assert (said.problem["code"], said.problem["runId"]) == ("ALREADY_EXISTS", run)
    assert json.dumps(said.problem["detail"]).count("cli-taken") == 1
