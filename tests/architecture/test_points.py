"""Kill points: each is in the code, and nothing that is shipped arms one."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

import pytest
from sched_sdk.worker import points as worker_points

from workflows import points

ROOT = Path(__file__).resolve().parents[2]
PLATFORM = ("schedproject", "workflows", "timers", "dispatch")
SDK = ("sdk/src/sched_sdk",)
MODULES = {"workflows.points", "sched_sdk.worker.points"}


def trees(folders: Iterable[str]) -> list[ast.AST]:
    paths = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return [ast.parse(path.read_text()) for path in sorted(paths)]


def names_in(node: ast.AST) -> set[str]:
    """The points that an expression names."""
    attributes = (each for each in ast.walk(node) if isinstance(each, ast.Attribute))
    return {each.attr for each in attributes if ast.unparse(each.value) == "Point"}


def reached(tree: ast.AST) -> set[str]:
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    found = [names_in(call) for call in calls if ast.unparse(call.func) == "reach"]
    return set().union(*found)


def imported(tree: ast.AST) -> set[str]:
    """What a module takes from the modules of points, under whatever name."""
    froms = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
    names = {f"{node.module}.{alias.name}" for node in froms for alias in node.names}
    plain = (node for node in ast.walk(tree) if isinstance(node, ast.Import))
    names |= {alias.name for node in plain for alias in node.names}
    return {name for name in names if name in MODULES or name.rpartition(".")[0] in MODULES}


@pytest.mark.parametrize(
    ("folders", "declared"), [(PLATFORM, points.Point), (SDK, worker_points.Point)], ids=["platform", "sdk"]
)
def test_every_point_is_in_the_code(
    folders: tuple[str, ...], declared: type[points.Point] | type[worker_points.Point]
) -> None:
    """One that nobody reaches any more would prove nothing."""
    found = set().union(*map(reached, trees(folders)))
    assert found == {point.name for point in declared}


def test_nothing_that_is_shipped_arms_a_point() -> None:
    """Of the modules of points the code takes `Point` and `reach`, and nothing by which it could reach `arm`."""
    taken = set().union(*map(imported, trees((*PLATFORM, *SDK))))
    assert taken == {f"{module}.{name}" for module in MODULES for name in ("Point", "reach")}


def test_an_unarmed_point_does_nothing() -> None:
    """In this process, as in any that nobody has armed."""
    assert points._act is None
    assert worker_points._act is None
    for point in points.Point:
        points.reach(point)
