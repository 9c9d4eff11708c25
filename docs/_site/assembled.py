"""The tree that the site is made of: docs/, and the pages beside it under names of their own.

Guarantees: every relative link leads to a page of the tree, or it is refused. A link to a file that is no page keeps
its text. A page that is named by its path (`docs/…`) is linked. Each page has its place in the navigation.
"""

from __future__ import annotations

import os
import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

BESIDE = {
    "ARCHITECTURE.md": "architecture.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "benchmarks/README.md": "benchmarks.md",
    "README.md": "index.md",
}
CONFIGURATION = Path(__file__).with_name("zensical.toml")
STYLE = Path(__file__).with_name("site.css")
DECISIONS = '"adr/*"'
LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\]]*\])*)\]\((?!https?:|mailto:|#)([^)#\s]*)(#[^)\s]*)?\)")
NAMED = re.compile(r"(?<!\[)`docs/([\w/-]+\.md)`")
FENCE = re.compile(r"^( *)(```+|~~~+)")
TITLE = re.compile(r"^# (.+)$", re.MULTILINE)


class BadPage(ValueError):
    """A page that cannot be part of the site; says which, and why."""


def assemble(root: Path, target: Path) -> None:
    """Writes `target/source` and the configuration beside it.

    Raises:
        BadPage: a link that leads nowhere, or a page without a place in the navigation.
    """
    source = target / "source"
    for origin, page in places(root).items():
        if page != "index.md" or origin.parent.name == "docs":
            written = source / page
            written.parent.mkdir(parents=True, exist_ok=True)
            written.write_text(rewritten(root, origin, page))
    shutil.copy(STYLE, source)
    configuration = CONFIGURATION.read_text().replace(DECISIONS, decisions(source))
    (target / "zensical.toml").write_text(configuration)
    check_navigation(
        tomllib.loads(configuration), {path.relative_to(source).as_posix() for path in source.rglob("*.md")}
    )


def places(root: Path) -> dict[Path, str]:
    """By file: which page of the tree it is."""
    docs = root / "docs"
    inside = {path: path.relative_to(docs).as_posix() for path in sorted(docs.rglob("*.md"))}
    return inside | {root / name: page for name, page in BESIDE.items()}


def rewritten(root: Path, origin: Path, page: str) -> str:
    """A page's text with links that hold in the tree; what stands in fences is left alone."""
    known = places(root)
    fence = ""
    lines = []
    for line in origin.read_text().splitlines():
        opened = FENCE.match(line)
        if opened and not fence:
            fence = opened[2]
        elif fence:
            fence = "" if line.strip() == fence else fence
        else:
            line = LINK.sub(lambda link: _linked(root, origin, page, known, link), line)
            line = NAMED.sub(lambda name: _named(root, page, name), line)
        lines.append(line)
    return "\n".join(lines) + "\n"


def _linked(root: Path, origin: Path, page: str, known: dict[Path, str], link: re.Match[str]) -> str:
    text, to, anchor = link[1], link[2], link[3] or ""
    file = Path(os.path.normpath(origin.parent / to))
    if file in known:
        return f"[{text}]({_relative(known[file], page)}{anchor})"
    if not file.exists():
        raise BadPage(f"{origin.relative_to(root)} links to {to}, which is not there")
    return text


def _named(root: Path, page: str, name: re.Match[str]) -> str:
    return f"[{name[0]}]({_relative(name[1], page)})" if (root / "docs" / name[1]).exists() else name[0]


def _relative(to: str, page: str) -> str:
    return os.path.relpath(to, Path(page).parent)


def decisions(source: Path) -> str:
    """The records of decisions as entries of the navigation, by their titles."""
    entries = [
        f'{{ "{_title(path)}" = "adr/{path.name}" }}' for path in sorted((source / "adr").glob("*.md"))
    ]
    return f"[{', '.join(entries)}]"


def _title(path: Path) -> str:
    found = TITLE.search(path.read_text())
    if found is None:
        raise BadPage(f"docs/adr/{path.name} has no title")
    return found[1].replace('"', "'").replace("`", "")


def check_navigation(configuration: dict[str, Any], there: set[str]) -> None:
    listed = list(_pages(configuration["project"]["nav"]))
    for page in sorted(there - set(listed)):
        raise BadPage(f"{page} has no place in the navigation of {CONFIGURATION.name}")
    for page in sorted(set(listed) - there):
        raise BadPage(f"the navigation of {CONFIGURATION.name} names {page}, which is not there")


def _pages(entry: Any) -> Iterator[str]:
    match entry:
        case str():
            yield entry
        case list():
            for each in entry:
                yield from _pages(each)
        case dict():
            for each in entry.values():
                yield from _pages(each)
