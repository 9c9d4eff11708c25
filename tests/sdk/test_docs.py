"""The page on workflows does what it says: its Python runs, against an engine, in the order of the page."""

import ast
import re
import threading
from pathlib import Path
from typing import Any

import pytest
from sched_sdk import Client

from tests.e2e.harness.backends import EMBEDDED, Backend, migrate
from tests.e2e.harness.stack import POLLING, Stack

PAGE = Path(__file__).parents[2] / "docs" / "workflows.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
pytestmark = pytest.mark.e2e


def statements() -> tuple[list[ast.stmt], list[ast.stmt]]:
    """What the page defines (each block up to its last function), and what it does with it."""
    text = PAGE.read_text()
    define: list[ast.stmt] = []
    use: list[ast.stmt] = []
    for found in BLOCK.finditer(text):
        body = ast.parse("\n" * text.count("\n", 0, found.start(1)) + found[1]).body
        functions = [
            place
            for place, node in enumerate(body)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        cut = functions[-1] + 1 if functions else 0
        define += body[:cut]
        use += body[cut:]
    return define, use


def run(body: list[ast.stmt], names: dict[str, Any]) -> None:
    exec(compile(ast.Module(body, type_ignores=[]), str(PAGE), "exec"), names)


def test_the_page_on_workflows_is_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every block runs, and every assertion in them holds."""
    variables = {"SCHED_DATABASE_PATH": str(tmp_path / "sched.sqlite3"), "SCHED_AUTH": "open"}
    migrate(variables)
    stack = Stack(Backend(name=EMBEDDED, variables=variables), POLLING, tmp_path)
    monkeypatch.setenv("ENGINE_ADDRESS", stack.address)
    define, use = statements()
    assert len(use) > 10
    names: dict[str, Any] = {}
    run(define, names)
    client: Client = names["client"]
    arguments = {"handle_signals": False, "shutdown_grace": 1}
    worker = threading.Thread(target=client.run_worker, kwargs=arguments)
    worker.start()  # it waits for its engine
    try:
        stack.start_engine()
        run(use, names)
    finally:
        client.stop()
        worker.join()
        client.close()
        stack.stop()
