"""Calls of `schedctl`: in this process, which is quick, or as the program that a shell starts."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sched_sdk.cli.app import app
from sched_sdk.cli.exits import Exit
from typer.testing import CliRunner

from tests.e2e.harness.processes import ROOT, clean_environment

SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a call has written, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one line of JSON on standard output."""
        [line] = self.out.splitlines()
        return json.loads(line)

    @property
    def documents(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def problem(self) -> dict[str, Any]:
        """The one line of JSON on standard error."""
        [line] = self.err.splitlines()
        return dict(json.loads(line))

    @property
    def facts(self) -> dict[str, str]:
        """Names and values of a page, as far as a line holds both."""
        pairs = (line.split("  ", 1) for line in self.out.splitlines() if "  " in line.strip())
        return {name: value.strip() for name, value in pairs if name}


@dataclass(frozen=True, slots=True)
class Caller:
    """Calls for one engine."""

    address: str

    def __call__(self, *words: str, stdin: str | bytes | None = None) -> Said:
        """Any status."""
        done = CliRunner().invoke(app, ["--address", self.address, *words], input=stdin)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Said(status=done.exit_code, out=done.stdout, err=done.stderr)

    def well(self, *words: str, stdin: str | bytes | None = None) -> Said:
        """One that is done."""
        said = self(*words, stdin=stdin)
        assert said.status == Exit.DONE, said
        return said


def program(
    *words: str, stdin: bytes = b"", variables: dict[str, str] | None = None, module: bool = True
) -> Said:
    """`python -m sched_sdk.cli`, or the script that pip installs."""
    command = [sys.executable, "-m", "sched_sdk.cli"] if module else [script()]
    done = subprocess.run(
        [*command, *words],
        input=stdin,
        capture_output=True,
        cwd=ROOT,
        env=clean_environment(variables or {}),
        timeout=SECONDS,
        check=False,
    )
    return Said(status=done.returncode, out=done.stdout.decode(), err=done.stderr.decode())


def script() -> str:
    """Beside the interpreter that runs the tests."""
    return str(Path(sys.executable).with_name("schedctl"))
