"""The program that a shell starts: one status of each kind, pipes, terminals, the environment."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import sched_sdk
from sched_sdk.cli.exits import Exit

from tests.cli.calling import SECONDS, Caller, program, script
from tests.e2e.harness.processes import ROOT, clean_environment
from tests.e2e.harness.stack import Stack
from tests.servers.process import free_port

COMMANDS = "start list describe history result signal cancel terminate retry queues workers"


@pytest.fixture
def variables(stack: Stack) -> dict[str, str]:
    return {"ENGINE_ADDRESS": stack.address}


def at_terminal(words: list[str], variables: dict[str, str], answer: bytes = b"") -> tuple[int, str]:
    """The status, and what a terminal of 80 columns got to see."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "sched_sdk.cli", *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=ROOT,
        env=clean_environment({"TERM": "xterm", "COLUMNS": "80", **variables}),
    )
    os.close(theirs)
    os.write(ours, answer)
    seen = b""
    try:
        while part := os.read(ours, 65_536):
            seen += part
    except OSError:  # how a terminal tells that nobody is left at its other side
        pass
    finally:
        os.close(ours)
    return process.wait(SECONDS), seen.decode()


def test_status_0_done(stack: Stack, variables: dict[str, str]) -> None:
    """By the script that pip installs; big integers come back as they went."""
    digits = "9" * 400
    assert Path(script()).exists()
    said = program(
        "start", "Sleeping", "--id", "cli-p-0", "--input", digits, variables=variables, module=False
    )
    assert (said.status, said.err) == (Exit.DONE, "")
    assert stack.client.get("cli-p-0").input == int(digits)


def test_status_1_refused(variables: dict[str, str]) -> None:
    """In the engine's words."""
    said = program("describe", "cli-nobody", variables=variables)
    assert (said.status, said.out) == (Exit.REFUSED, "")
    assert said.err == "refused: NOT_FOUND: no execution has the workflow id 'cli-nobody'\n"


def test_status_2_wrong_usage(variables: dict[str, str]) -> None:
    """A bad variable of the environment among it."""
    said = program("list", variables={**variables, "ENGINE_ADDRESS": "nowhere"})
    assert (said.status, said.out) == (Exit.USAGE, "")
    assert said.err.startswith("wrong usage: ENGINE_ADDRESS='nowhere' is not allowed: host:port")


def test_status_3_unreachable() -> None:
    """One document on standard error, and none of gRPC's own lines."""
    address = {"ENGINE_ADDRESS": f"127.0.0.1:{free_port()}"}
    said = program("--timeout", "0.1", "--json", "list", variables=address)
    assert (said.status, said.out) == (Exit.UNREACHABLE, "")
    assert said.problem["code"] == "UNAVAILABLE"


def test_status_4_failed(variables: dict[str, str]) -> None:
    """Input from standard input, as a pipe gives it."""
    said = program(
        "start", "Raising", "--input-file", "-", "--wait", "30", stdin=b'{"a":1}', variables=variables
    )
    assert (said.status, said.out) == (Exit.FAILED, "")
    assert "  ValueError: no such order\n" in said.err


def test_status_5_running(stack: Stack, variables: dict[str, str]) -> None:
    """Of a result that is not there."""
    stack.start("Sleeping", workflow_id="cli-p-5")
    said = program("result", "cli-p-5", variables=variables)
    assert (said.status, said.out, said.err) == (
        Exit.RUNNING,
        "",
        "workflow cli-p-5 is still running\n",
    )


def test_the_version_and_help_need_no_engine() -> None:
    """And name what there is."""
    said = Caller("localhost:1")("--version")
    assert (said.status, said.out) == (Exit.DONE, f"schedctl {sched_sdk.__version__}\n")
    said = Caller("localhost:1")("--help")
    text = " ".join(said.out.split())
    assert [name for name in COMMANDS.split() if f" {name} " not in text] == []
    assert "--install-completion" in text
    assert "Exit status: 0 done, 1 refused, 2 wrong usage" in text


@pytest.mark.parametrize(
    ("answer", "words", "status", "ends"),
    [
        ("n", [], Exit.REFUSED, "RUNNING"),
        ("y", [], Exit.DONE, "TERMINATED"),
        ("", ["--yes"], Exit.DONE, "TERMINATED"),
    ],
)
def test_who_sits_at_a_terminal_is_asked(
    stack: Stack, variables: dict[str, str], answer: str, words: list[str], status: Exit, ends: str
) -> None:
    """Before a termination: yes goes on, no changes nothing, --yes is not asked."""
    workflow_id = f"cli-asked-{answer}{len(words)}"
    stack.start("Listening", workflow_id=workflow_id)
    found, seen = at_terminal(["terminate", workflow_id, *words], variables, f"{answer}\n".encode())
    assert found == status, seen
    assert ("None of its code runs any more" in seen) is not bool(words)
    assert stack.client.get(workflow_id).execution.status == ends


def test_a_terminal_gets_colours_and_a_pipe_gets_whole_ids(stack: Stack, variables: dict[str, str]) -> None:
    """A long id is folded there, and on one line without a colour here."""
    workflow_id = "cli-long-" + "x" * 180
    run = stack.start("Sleeping", workflow_id=workflow_id).run_id
    _, seen = at_terminal(["list", "--id-prefix", "cli-long-"], variables)
    assert "\x1b[" in seen
    assert "…" not in seen
    said = program("list", "--id-prefix", "cli-long-", variables=variables | {"COLUMNS": "40"})
    assert "\x1b" not in said.out
    [_, row] = said.out.splitlines()
    assert row.split()[:4] == [workflow_id, run, "Sleeping", "RUNNING"]


def test_a_closed_pipe_is_no_error(stack: Stack, variables: dict[str, str]) -> None:
    """As `head` does it."""
    stack.start("Doubling", 1, workflow_id="cli-piped").result(30)
    for words in (["history", "cli-piped", "--json"], ["list", "--id-prefix", "cli-piped"]):
        process = subprocess.Popen(
            [sys.executable, "-m", "sched_sdk.cli", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            env=clean_environment(variables),
        )
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        with process.stderr:
            assert process.stderr.read() == b""
        assert process.wait(SECONDS) == Exit.DONE


def test_ctrl_c_ends_what_follows(stack: Stack, variables: dict[str, str]) -> None:
    """Without a word, and with the status that shells give it."""
    stack.wait_until(stack.start("Listening", workflow_id="cli-interrupted"), "WS, Y")
    process = subprocess.Popen(
        [sys.executable, "-m", "sched_sdk.cli", "history", "cli-interrupted", "--follow"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env=clean_environment(variables),
    )
    assert process.stdout is not None
    assert b"WorkflowExecutionStarted" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=SECONDS)
    assert (process.returncode, errors) == (Exit.INTERRUPTED, b"")


def test_output_needs_no_utf_8(stack: Stack, variables: dict[str, str]) -> None:
    """What the terminal has no letter for is an escape; of JSON, one that JSON has."""
    stack.start("Sleeping", "ü€", workflow_id="cli-ascii")
    ascii_ = variables | {"PYTHONIOENCODING": "ascii"}
    assert program("describe", "cli-ascii", "--json", variables=ascii_).document["input"] == "ü€"
    assert "\\xfc\\u20ac" in program("describe", "cli-ascii", variables=ascii_).out


def test_neither_workers_nor_clients_pay_for_it() -> None:
    """Only `sched_sdk.cli` imports typer, rich and what they stand on."""
    code = (
        "import sys, json, sched_sdk, sched_sdk.client, sched_sdk.worker, sched_sdk.demo.__main__;"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, cwd=ROOT, env=clean_environment({}), check=True
    )
    loaded = set(json.loads(done.stdout))
    assert "grpc" in loaded
    assert loaded & {"typer", "rich", "pydantic", "shellingham", "click"} == set()
