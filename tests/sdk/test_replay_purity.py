"""Replay is pure: what it imports, all the way down inside the SDK, can reach neither the network nor a clock."""

import ast
from collections.abc import Iterator
from pathlib import Path

import sched_sdk

ROOT = Path(sched_sdk.__file__).parent
BANNED = {
    "grpc",
    "google.rpc",
    "socket",
    "selectors",
    "ssl",
    "time",
    "threading",
    "concurrent",
    "subprocess",
    "os",
}


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _file(module: str) -> Path | None:
    place = ROOT.joinpath(*module.split(".")[1:])
    candidates = (place.with_suffix(".py"), place / "__init__.py")
    return next((path for path in candidates if path.is_file()), None)


def test_replay_imports_nothing_impure() -> None:
    """The closure over the SDK's own modules; generated messages, which reach for nothing, excepted."""
    todo, seen = sorted((ROOT / "replay").glob("*.py")), set()
    found = {}
    while todo:
        path = todo.pop()
        if path in seen or "proto" in path.parts:
            continue
        seen.add(path)
        for module in _imports(path):
            if module.partition(".")[0] in BANNED or module in BANNED:
                found[path.name] = module
            elif module.startswith("sched_sdk.") and (inner := _file(module)) is not None:
                todo.append(inner)
    assert not found
    assert len(seen) > 15
