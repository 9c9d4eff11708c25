"""What `schedctl` says when it does not do what it was told: exit status, sentence, document."""

from __future__ import annotations

from pathlib import Path

import pytest
from sched_sdk.cli.exits import Exit

from tests.cli.calling import Caller
from tests.e2e.harness.stack import Stack
from tests.servers.process import free_port

NAME = "cli-refused"
WRONG = [
    (["start", NAME, "--input", "{"], "--input: not JSON: "),
    (["start", NAME, "--input", ""], "--input: not JSON: it is empty"),
    (["start", NAME, "--input", "NaN"], "--input: not JSON: NaN is no JSON value"),
    (["start", NAME, "--input", '{"a":1,"a":2}'], "--input: not JSON: a key occurs twice"),
    (["start", NAME, "--input", "hello"], "(a string is written with quotes: '\"hello\"')"),
    (["start", NAME, "--input", "1", "--input-file", "-"], "--input-file: '-': must not be given together"),
    (["start", NAME, "--input-file", "/no/such/file"], "must be a file that can be read (No such file"),
    (["start", NAME, "--memo", "[1]"], "--memo: must be a JSON object"),
    (["start", NAME, "--search-attributes", "1"], "--search-attributes: must be a JSON object"),
    (
        ["start", NAME, "--timeout", "5 parsecs"],
        "--timeout: '5 parsecs': must be seconds, or a number with ms",
    ),
    (
        ["start", NAME, "--timeout", "0"],
        "--timeout: '0': must be greater than zero",
    ),
    (["start", NAME, "--timeout", "999999999999d"], "--timeout: '999999999999d': must be seconds"),
    (["start", NAME, "--wait", "-1"], "--wait: '-1': must be seconds"),
    (["start", NAME, "--reuse-policy", "MAYBE"], "--reuse-policy: 'MAYBE': must be one of ALLOW_DUPLICATE"),
    (["start", NAME, "--conflict-policy", "x"], "--conflict-policy: 'x': must be one of FAIL, USE_EXISTING"),
    (["start", NAME, "--id", "a b"], "--id: 'a b': "),
    (["start", "two words"], "NAME: 'two words': "),
    (["list", "--status", "DEAD"], "--status: 'DEAD': must be one of RUNNING, COMPLETED"),
    (["list", "--limit", "0"], "--limit: 0: must be 1 to 1000000"),
    (["list", "--started-after", "yesterday"], "--started-after: 'yesterday': must be an instant with its"),
    (["list", "--started-before", "2026-03-01T12:00:00"], "must be an instant with its offset"),
    (["history", NAME, "--after", "-1"], "--after: -1: must be 0 to 2147483647"),
    (["describe", "a b"], "ID: 'a b': "),
    (["signal", NAME, "two words"], "NAME: 'two words': "),
    (["signal", NAME, "go", "--payload", "Infinity"], "--payload: not JSON: Infinity is no JSON value"),
    (["cancel", NAME, "--reason", "\udcff"], "an argument is not text in UTF-8"),
    (["workers", "--queue", "a b"], "--queue: 'a b': "),
    (["--timeout", "soon", "list"], "--timeout: 'soon': must be seconds"),
    (["--timeout", "0", "list"], "--timeout: '0': must be greater than zero"),
    (["--address", "nowhere", "list"], "--address='nowhere' is not allowed: host:port"),
    (["--api-key-file", "/no/such/file", "list"], "--api-key-file: '/no/such/file': must be a file"),
]


@pytest.mark.parametrize(("words", "sentence"), WRONG, ids=lambda given: str(given)[:50])
def test_wrong_usage_is_refused_before_anything_is_sent(words: list[str], sentence: str) -> None:
    """With the option, the value and the rule. The status is 2, with an engine or without."""
    call = Caller(f"127.0.0.1:{free_port()}")
    said = call(*words)
    assert (said.status, said.out) == (Exit.USAGE, "")
    assert said.err.startswith("wrong usage: ")
    assert sentence in said.err
    said = call("--json", *words)
    assert (said.status, said.out) == (Exit.USAGE, "")
    assert sentence in said.problem["detail"]
    assert (said.problem["code"], said.problem["exit"]) == ("INVALID", 2)


def test_wrong_usage_names_field_value_and_rule() -> None:
    """Apart, for programs; a value is shortened."""
    [error] = Caller("localhost:1")("list", "--json", "--status", "D" * 1_000).problem["errors"]
    assert error["field"] == "--status"
    assert len(error["value"]) == 80
    assert error["rule"].startswith("must be one of RUNNING")


def test_too_large_an_input_stays_here(tmp_path: Path) -> None:
    """More than a payload may be; the rest of the file is not even read."""
    path = tmp_path / "large.json"
    path.write_text('"' + "x" * 3_000_000 + '"')
    said = Caller("localhost:1")("start", NAME, "--input-file", str(path))
    assert said.status == Exit.USAGE
    assert "at most 2097152 are allowed" in said.err


def test_a_key_that_cannot_be_one_is_not_shown(tmp_path: Path) -> None:
    """Neither on the screen nor in a document."""
    path = tmp_path / "key"
    path.write_text("top secret\n")
    for words in (["list"], ["--json", "list"]):
        said = Caller("localhost:1")("--api-key-file", str(path), *words)
        assert said.status == Exit.USAGE
        assert "--api-key-file" in said.err
        assert "secret" not in said.err


@pytest.mark.parametrize(
    "words",
    [
        ["describe", "cli-nobody"],
        ["history", "cli-nobody"],
        ["history", "cli-nobody", "--follow"],
        ["result", "cli-nobody"],
        ["result", "cli-nobody", "--wait", "5"],
        ["signal", "cli-nobody", "go"],
        ["cancel", "cli-nobody"],
        ["terminate", "cli-nobody"],
        ["retry", "cli-nobody"],
        ["describe", "cli-nobody", "--run-id", "01a21b2a-2f5f-7abc-8e35-296c676fd28d"],
    ],
    ids=" ".join,
)
def test_an_unknown_id_is_refused(call: Caller, words: list[str]) -> None:
    """By the engine, in its words; the status is 1."""
    said = call(*words)
    assert (said.status, said.out) == (Exit.REFUSED, "")
    assert said.err.startswith("refused: NOT_FOUND: ")
    assert "cli-nobody" in said.err
    said = call("--json", *words)
    assert (said.status, said.out, said.problem["code"]) == (Exit.REFUSED, "", "NOT_FOUND")


def test_a_limit_of_the_engine_is_told_with_field_and_rule(call: Caller, stack: Stack) -> None:
    """What this side does not know; nothing was changed."""
    stack.start("Listening", workflow_id="cli-limit")
    reason = "x" * 3_000
    said = call("cancel", "cli-limit", "--reason", reason)
    assert said.status == Exit.REFUSED
    assert "reason: 'xxx" in said.err
    assert "must be at most 2000 characters" in said.err
    said = call("cancel", "cli-limit", "--reason", reason, "--json")
    [error] = said.problem["errors"]
    assert error["field"] == "reason"
    assert "must be at most 2000 characters" in error["rule"]
    assert not stack.client.get("cli-limit").execution.cancel_requested


def test_what_came_too_late_is_refused(call: Caller, stack: Stack) -> None:
    """A signal to a run that has ended."""
    stack.start("Doubling", 1, workflow_id="cli-closed").result(30)
    said = call("signal", "cli-closed", "go", "--json")
    assert (said.status, said.problem["code"]) == (Exit.REFUSED, "CLOSED")


def test_an_engine_that_is_away_is_told(tmp_path: Path) -> None:
    """After the time that it had; with what can be done. The status is 3."""
    address = f"127.0.0.1:{free_port()}"
    said = Caller(address)("--timeout", "100ms", "list")
    assert (said.status, said.out) == (Exit.UNREACHABLE, "")
    assert said.err.startswith(f"no answer: {address}: UNAVAILABLE: ")
    assert "Set ENGINE_ADDRESS, or --address" in said.err
    said = Caller(address)("--timeout", "100ms", "--json", "result", "x", "--wait", "0.1")
    assert (said.status, said.problem["code"]) == (Exit.UNREACHABLE, "UNAVAILABLE")


@pytest.mark.parametrize("words", [["bogus"], ["start"], ["list", "--bogus"], ["list", "--limit", "many"]])
def test_a_command_line_that_is_none_is_explained(words: list[str]) -> None:
    """By typer, with the same status."""
    said = Caller("localhost:1")(*words)
    assert (said.status, said.out) == (Exit.USAGE, "")
    assert "Usage: " in said.err
