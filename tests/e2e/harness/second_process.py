"""A Django process that calls `workflows.client` in its own transactions: beside the engine, or with the engine in it.

Run as `python -m tests.e2e.harness.second_process`: a line of JSON in is a call, a line of JSON out its answer.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import import_module
from types import TracebackType
from typing import Any, Self

from sched_sdk.client import WorkflowHandle

from tests.e2e.harness.processes import LEASH, ROOT, clean_environment
from tests.e2e.harness.stack import Stack

WITH_ENGINE = "--with-engine"


class SecondProcess:
    """The way to such a process; it lives while the block runs."""

    def __init__(self, variables: Mapping[str, str], *, with_engine: bool = False) -> None:
        self._variables = variables
        self._words = ["-m", "tests.e2e.harness.second_process", *([WITH_ENGINE] if with_engine else [])]
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), sys.executable, *self._words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=clean_environment(self._variables),
            text=True,
        )
        self.give_up()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._process is not None
        with self._process:
            assert self._process.stdin is not None
            self._process.stdin.close()

    def start_workflow(self, *arguments: Any, **options: Any) -> str:
        """The id of the workflow."""
        return str(self.call("start_workflow", *arguments, **options)["workflow_id"])

    def signal_workflow(self, *arguments: Any, **options: Any) -> None:
        self.call("signal_workflow", *arguments, **options)

    def cancel_workflow(self, *arguments: Any, **options: Any) -> None:
        self.call("cancel_workflow", *arguments, **options)

    def begin(self) -> None:
        """Opens an atomic block; blocks nest."""
        self.call("begin")

    def commit(self) -> None:
        """Leaves the innermost block."""
        self.call("commit")

    def rollback(self) -> None:
        """Leaves the innermost block by an exception."""
        self.call("rollback")

    def give_up(self) -> None:
        """Leaves every block that a test has left open."""
        while self.call("open"):
            self.rollback()

    def call(self, name: str, *arguments: Any, **options: Any) -> Any:
        """Calls it there, one of `workflows.client` or one named with its module; what it raises is an error here."""
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps([name, arguments, options]) + "\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        if "error" in answer:
            raise RefusedThere(answer["error"])
        return answer["answer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Django code that starts and steers workflows, and the stack that runs them."""

    stack: Stack
    process: SecondProcess

    def start(self, *arguments: Any, **options: Any) -> WorkflowHandle:
        """Starts a workflow there."""
        return self.stack.client.handle(self.process.start_workflow(*arguments, **options))


class RefusedThere(Exception):
    """The second process's call raised; the message has type and text."""


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "schedproject.settings.embedded"
    import django

    django.setup()
    if WITH_ENGINE in sys.argv:
        start_engine()
    blocks: list[Any] = []
    for line in sys.stdin:
        name, arguments, options = json.loads(line)
        try:
            answer = {"answer": perform(blocks, name, arguments, options)}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        sys.stdout.write(json.dumps(answer, default=str) + "\n")
        sys.stdout.flush()


def start_engine() -> None:
    """As the embedded server does; it ends with this process."""
    from workflows.management.processes.engine_options import engine_options
    from workflows.management.processes.engine_thread import EngineThread

    EngineThread(engine_options(metrics=False)).start()


def perform(blocks: list[Any], name: str, arguments: list[Any], options: dict[str, Any]) -> Any:
    from django.db import transaction

    if name == "open":
        return len(blocks)
    if name == "begin":
        blocks.append(transaction.atomic())
        blocks[-1].__enter__()
        return None
    if name == "commit":
        return blocks.pop().__exit__(None, None, None)
    if name == "rollback":
        error = RuntimeError("this block is given up")
        return blocks.pop().__exit__(RuntimeError, error, None)
    module, _, function = name.rpartition(".")
    return asdict(getattr(import_module(module or "workflows.client"), function)(*arguments, **options))


if __name__ == "__main__":
    main()
