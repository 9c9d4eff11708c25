"""A Django process beside the engine: calls `workflows.client` in its own transactions, on the engine's database.

Run as `python -m tests.e2e.harness.second_process`: a line of JSON in is a call, a line of JSON out its answer.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from types import TracebackType
from typing import Any, Self

from tests.e2e.harness.backends import Backend
from tests.e2e.harness.processes import LEASH, ROOT, clean_environment


class SecondProcess:
    """The way to such a process; it lives while the block runs."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        module = [sys.executable, "-m", "tests.e2e.harness.second_process"]
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), *module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=clean_environment(self._backend.variables),
            text=True,
        )
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

    def call(self, name: str, *arguments: Any, **options: Any) -> Any:
        """Calls it there; what it raises there is an error here."""
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


class RefusedThere(Exception):
    """The second process's call raised; the message has type and text."""


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "schedproject.settings.web")
    import django

    django.setup()
    blocks: list[Any] = []
    for line in sys.stdin:
        name, arguments, options = json.loads(line)
        try:
            answer = {"answer": perform(blocks, name, arguments, options)}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        sys.stdout.write(json.dumps(answer, default=str) + "\n")
        sys.stdout.flush()


def perform(blocks: list[Any], name: str, arguments: list[Any], options: dict[str, Any]) -> Any:
    from dataclasses import asdict

    from django.db import transaction

    from workflows import client

    if name == "begin":
        blocks.append(transaction.atomic())
        blocks[-1].__enter__()
        return None
    if name == "commit":
        return blocks.pop().__exit__(None, None, None)
    if name == "rollback":
        error = RuntimeError("this block is given up")
        return blocks.pop().__exit__(RuntimeError, error, None)
    return asdict(getattr(client, name)(*arguments, **options))


if __name__ == "__main__":
    main()
