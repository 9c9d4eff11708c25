"""A process under test: its log is kept, it is signalled by its id, and it ends with the tests however they end."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from tests.e2e.harness.waiting import wait_for
from tests.surroundings import kept

ROOT = Path(__file__).resolve().parents[3]
LEASH = ROOT / "workflows/management/processes/leash.py"
STOP_SECONDS = 15.0
CRASHED = (-signal.SIGABRT, -signal.SIGSEGV)
TAIL_CHARACTERS = 6_000


def clean_environment(variables: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without what is sched's, plus `variables`."""
    environment = kept()
    if environment.pop("PYTHONDONTWRITEBYTECODE", ""):
        environment["PYTHONPYCACHEPREFIX"] = compiled_folder()
    return environment | dict(variables)


@cache
def compiled_folder() -> str:
    """Where processes keep what they have compiled, if they may not keep it beside the sources: to compile everything
    anew costs each of them five seconds."""
    folder = tempfile.mkdtemp(prefix="sched-compiled-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


class Process:
    """One run of a command.

    Args:
        name: for messages and the log's name.
        command: the arguments after the interpreter.
        leashed: whether it is killed when the tests' process ends; the subject of some tests is that by itself.
        cwd: where it runs.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        variables: Mapping[str, str],
        folder: Path,
        *,
        leashed: bool = True,
        cwd: Path = ROOT,
    ) -> None:
        self.name = name
        self.log_path = folder / f"{name}.log"
        words = [sys.executable, *command]
        if leashed:
            words = [sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), *words]
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=cwd,
                env=clean_environment({"PYTHONUNBUFFERED": "1"} | dict(variables)),
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.poll()

    @property
    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def wait_for_line(self, part: str) -> None:
        """Until the log holds `part`; fails with the log if the process ends before."""
        wait_for(
            lambda: part in self.log or self.returncode is not None, f"line with {part!r} of {self.name}"
        )
        assert part in self.log, f"{self.name} ended with {self.returncode}:\n{self.tail}"

    @property
    def tail(self) -> str:
        return self.log[-TAIL_CHARACTERS:]

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def kill(self) -> None:
        """SIGKILL, and gone."""
        self._process.kill()
        self._process.wait()

    def pause(self) -> None:
        self.send(signal.SIGSTOP)

    def resume(self) -> None:
        self.send(signal.SIGCONT)

    def ended(self, seconds: float = STOP_SECONDS) -> int:
        """Waits for the end; the exit status."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} did not end within {seconds:g} s:\n{self.tail}") from None

    def stop(self) -> None:
        """SIGTERM; SIGKILL when that does not end it in time. It must not crash on its way."""
        if self.returncode is not None:
            return
        self.send(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        assert self.returncode not in CRASHED, f"{self.name} ended with {self.returncode}:\n{self.tail}"
