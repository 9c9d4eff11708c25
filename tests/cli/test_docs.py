"""The page on the command line shows what really comes out."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from sched_sdk.cli.exits import Exit

from tests.cli.calling import Caller
from tests.cli.conftest import running_stack
from tests.e2e.harness.stack import Stack

PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text()
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
VOLATILE = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"), "RUN"),
    (re.compile(r"(?<=-       0          )\d+$", re.MULTILINE), "N"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"), "INSTANT"),
)
SHELL = re.compile(r"[|;] ")
"""What only a shell can do is not done here."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The tour's own: what other tests have left in its queue would be shown."""
    with running_stack(tmp_path_factory.mktemp("tour")) as made:
        yield made


def samples() -> list[tuple[list[str], str]]:
    """Each command of the page with what it shows below it."""
    found = []
    for block in CONSOLE.findall(PAGE):
        for part in block.split("$ schedctl ")[1:]:
            line, _, shown = part.partition("\n")
            line, status = (line[: -len("; echo $?")], True) if line.endswith("; echo $?") else (line, False)
            if not SHELL.search(line):
                found.append((shlex.split(line), shown.rsplit("\n", 2)[0] + "\n" if status else shown))
    return found


def constant(text: str) -> str:
    """Without run ids, instants, and how many polls a worker has open."""
    for pattern, word in VOLATILE:
        text = pattern.sub(word, text)
    return text


def test_the_tour_is_true(call: Caller, stack: Stack) -> None:
    """Each command in its turn shows what the page shows, but for what differs from run to run."""
    shown = samples()
    assert len(shown) >= 9
    for words, expected in shown:
        if words[0] == "describe":  # once the first turn is committed
            stack.wait_until(stack.client.handle(words[1]), "WS, Y, TS")
        said = call(*words)
        assert constant(said.out + said.err) == constant(expected), words


def test_every_exit_status_is_on_the_page() -> None:
    """With its number."""
    assert [status for status in Exit if f"| {int(status)} | " not in PAGE] == []
