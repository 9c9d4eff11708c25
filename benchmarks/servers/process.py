"""Processes of a benchmark: started, asked, and gone when their block ends, by their own ids."""

import json
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from benchmarks.child import Answer
from tests.surroundings import kept

ROOT = Path(__file__).resolve().parents[2]
STOP_SECONDS = 15.0
READY_SECONDS = 60.0
CALL_SECONDS = 300.0
LOG_TAIL = 2_000
FOREIGN = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME")
"""Of the caller's environment; they would lead a peer's interpreter to our packages."""


@contextmanager
def process(
    name: str, command: Sequence[str], variables: Mapping[str, str], folder: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Runs a command while the block runs; what it has written by then goes to our standard error."""
    path = folder / f"{name}.log"
    with path.open("wb") as log:
        started = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment_with(variables),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        )
    try:
        yield started
    finally:
        stop(started)
        sys.stderr.write(tail(path))


def stop(started: subprocess.Popen[bytes]) -> None:
    """Ends it: SIGTERM, and SIGKILL for what does not heed it in time."""
    started.send_signal(signal.SIGTERM)
    try:
        started.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        started.kill()
        started.wait()


def tail(log: Path) -> str:
    """The last of what a process has written, for people."""
    return log.read_text(errors="replace")[-LOG_TAIL:]


def call(command: Sequence[str], variables: Mapping[str, str]) -> str:
    """Runs a command to its end; what it printed."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment_with(variables),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=CALL_SECONDS,
    )
    return done.stdout


def environment_with(variables: Mapping[str, str]) -> dict[str, str]:
    """This process's, without what is sched's or leads to its packages, plus `variables`."""
    own = {name: value for name, value in kept().items() if name not in FOREIGN}
    return own | dict(variables)


class Child:
    """A process that serves `benchmarks.child`.

    Args:
        name: Of it in messages.
        started: With pipes; it has not been read from.
        log: Where its standard error goes.
    """

    def __init__(self, name: str, started: subprocess.Popen[bytes], log: Path) -> None:
        assert started.stdin is not None
        assert started.stdout is not None
        self.pid = started.pid
        self._name = name
        self._log = log
        self._questions = started.stdin
        self._answers: queue.Queue[bytes] = queue.Queue()
        threading.Thread(target=self._read, args=(started.stdout,), daemon=True).start()
        self._answer("start", READY_SECONDS)

    def ask(self, workload: str, *, seconds: float, **arguments: object) -> Answer:
        """Its answer; it has that many seconds.

        Raises:
            SystemExit: It has ended, or did not answer in time; its log's end is in the message.
        """
        self._questions.write(json.dumps({"workload": workload, **arguments}).encode() + b"\n")
        self._questions.flush()
        return self._answer(workload, seconds)

    def _answer(self, workload: str, seconds: float) -> Answer:
        try:
            line = self._answers.get(timeout=seconds)
        except queue.Empty:
            line = b""
        if not line:
            raise SystemExit(f"{self._name}: {workload}: no answer in {seconds:g} s:\n{tail(self._log)}")
        answer: Answer = json.loads(line)
        return answer

    def _read(self, answers: IO[bytes]) -> None:
        for line in answers:
            self._answers.put(line)
        self._answers.put(b"")


@contextmanager
def child(name: str, command: Sequence[str], variables: Mapping[str, str], folder: Path) -> Iterator[Child]:
    """Runs a process that serves `benchmarks.child` while the block runs."""
    with process(name, command, variables, folder) as started:
        try:
            yield Child(name, started, folder / f"{name}.log")
        finally:
            dismiss(started)


def dismiss(started: subprocess.Popen[bytes]) -> None:
    """Lets it end by itself, now that nobody will ask: it may have started processes of its own."""
    assert started.stdin is not None
    with suppress(BrokenPipeError):
        started.stdin.close()
    with suppress(subprocess.TimeoutExpired):
        started.wait(STOP_SECONDS)


def end_in_order(*_: object) -> None:
    """For SIGTERM: blocks are left, so that what they started ends."""
    raise SystemExit(128 + signal.SIGTERM)
