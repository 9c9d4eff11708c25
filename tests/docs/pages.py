"""The pages that are read: the README and its neighbours, and all of docs/."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
BESIDE = ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "benchmarks/README.md")
SOURCES = ("schedproject", "workflows", "timers", "dispatch", "sdk/src/sched_sdk")


def pages() -> list[Path]:
    """All of them, without those that are written by a program: these say what is there by construction."""
    written = sorted(path for path in DOCS.rglob("*.md") if not path.is_relative_to(REFERENCE))
    return [*(ROOT / name for name in BESIDE), *written]


def found(pattern: str) -> Iterator[tuple[str, re.Match[str]]]:
    """Where a pattern is met on the pages: the page's name, and the match."""
    for path in pages():
        for match in re.finditer(pattern, path.read_text(), re.MULTILINE):
            yield path.relative_to(ROOT).as_posix(), match


def reference(name: str) -> str:
    return (REFERENCE / f"{name}.md").read_text()


def sources() -> Iterator[Path]:
    for folder in SOURCES:
        yield from (path for path in (ROOT / folder).rglob("*.py") if "proto" not in path.parts)
