"""Rules for tests and sources that the linter has no name for."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
SLEEP = re.compile(r"\b(?:time|asyncio|anyio)\.sleep\((\d*\.?\d+)\)")
DURABLE_SLEEP = re.compile(r"\basyncio\.sleep\(\d*\.?\d+\)")
# A wait between two looks at a condition, in a loop with a deadline.
POLL_SECONDS_MAX = 0.1
FORBIDDEN_MARKS = (
    "pytest.mark.skip",
    "pytest.mark.xfail",
    "pytest.skip(",
    "pytest.xfail(",
    "unittest.mock",
    "TODO",
)
VAGUE_NAMES = {"utils", "util", "common", "helpers", "helper", "manager", "misc"}


def workflows(text: str) -> list[ast.AsyncFunctionDef]:
    """Coroutines that get a workflow's context: in them `asyncio.sleep` is a durable timer, which holds no test up."""
    functions = (n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.AsyncFunctionDef))
    return [function for function in functions if "AsyncWorkflowContext" in ast.unparse(function.args)]


def without_durable_sleeps(text: str) -> str:
    lines = text.splitlines()
    for function in workflows(text):
        inside = slice(function.lineno - 1, function.end_lineno)
        lines[inside] = [DURABLE_SLEEP.sub("", line) for line in lines[inside]]
    return "\n".join(lines)


@pytest.mark.parametrize("path", TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_tests_wait_for_conditions(path: Path) -> None:
    """No sleep but the pause between two looks at a condition, and the durable timers of workflow code."""
    found = SLEEP.findall(without_durable_sleeps(path.read_text()))
    assert [text for text in found if float(text) > POLL_SECONDS_MAX] == []


def test_only_a_workflow_s_own_sleep_is_a_timer() -> None:
    """One beside it, or of the process, counts as a wait of the test."""
    beside = "async def test(a: Other) -> None:\n    await asyncio.sleep" + "(1)\n"
    workflow = "async def run(ctx: AsyncWorkflowContext) -> None:\n    await asyncio.sleep" + "(2)\n"
    blocking = "    time.sleep" + "(3)\n"
    assert SLEEP.findall(without_durable_sleeps(beside + workflow + blocking)) == ["1", "3"]


@pytest.mark.parametrize("path", TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_tests_are_neither_left_out_nor_mocked(path: Path) -> None:
    """No skip, no expected failure, no mock."""
    if path == Path(__file__).resolve():
        return
    text = path.read_text()
    assert [mark for mark in FORBIDDEN_MARKS if mark in text] == []


@pytest.mark.parametrize("path", TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_docstring_states_the_behaviour(path: Path) -> None:
    """Every test function has one."""
    nodes = ast.walk(ast.parse(path.read_text()))
    tests = (
        n
        for n in nodes
        if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef) and n.name.startswith("test_")
    )
    assert [test.name for test in tests if not ast.get_docstring(test)] == []


def test_modules_have_telling_names() -> None:
    """A grab bag has no place to grow in."""
    folders = ("schedproject", "workflows", "timers", "dispatch", "sdk/src", "tests", "benchmarks")
    modules = (path for folder in folders for path in (ROOT / folder).rglob("*"))
    assert [path for path in modules if path.stem in VAGUE_NAMES and path.suffix in {".py", ""}] == []
