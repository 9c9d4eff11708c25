"""Files and functions stay short enough to be read at once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("schedproject", "workflows", "timers", "dispatch", "sdk/src/sched_sdk", "benchmarks", "protos")
GENERATED = (ROOT / "sdk/src/sched_sdk/proto",)
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60


def sources() -> list[Path]:
    found = (path for folder in SOURCES for path in (ROOT / folder).rglob("*.py"))
    return sorted(path for path in found if not any(path.is_relative_to(folder) for folder in GENERATED))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from `def` to the end, without the docstring."""
    assert function.end_lineno is not None
    length = function.end_lineno - function.lineno + 1
    first = function.body[0]
    if (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    ):
        assert first.end_lineno is not None
        length -= first.end_lineno - first.lineno + 1
    return length


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_are_short(path: Path) -> None:
    """At most 400 lines a file and 60 a function; migrations are data."""
    text = path.read_text()
    assert text.count("\n") <= FILE_LINES_MAX
    if "migrations" in path.parts:
        return
    long = {f.name: code_lines(f) for f in functions(ast.parse(text)) if code_lines(f) > FUNCTION_LINES_MAX}
    assert not long


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_say_what_they_are(path: Path) -> None:
    """A module that holds code starts with a docstring."""
    tree = ast.parse(path.read_text())
    assert not tree.body or "migrations" in path.parts or ast.get_docstring(tree)
