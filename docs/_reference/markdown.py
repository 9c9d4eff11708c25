"""Pieces of Markdown that all pages are made of."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Sequence

SECTION = re.compile(r"^(Args|Attributes|Raises|Returns|Yields):$")
ITEM = re.compile(r"^    (\*{0,2}\w+(?:, \w+)*): (.*)$")


def page(title: str, source: str, *parts: str) -> str:
    """A whole page. `source` is where the reader who wants to change it must go."""
    notice = f"<!-- Generated from {source} by `make reference`; do not edit. -->"
    return "\n\n".join((f"# {title}", notice, *(part.strip("\n") for part in parts if part))) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *(tuple(map(cell, row)) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def code(text: str) -> str:
    return f"`{text}`" if text else ""


def fenced(text: str, language: str) -> str:
    return f"```{language}\n{text.strip(chr(10))}\n```"


def sentence(text: str) -> str:
    """With a capital and a full stop."""
    text = " ".join(text.split())
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def docstring(of: object) -> str:
    """A docstring of Google's style, with its sections as lists."""
    lines: list[str] = []
    inside = False
    for line in (inspect.getdoc(of) or "").splitlines():
        heading = SECTION.match(line)
        if heading:
            inside = True
            lines += [f"{heading[1]}:", ""]
        elif inside and line and not line.startswith(" "):
            inside = False
            lines += [line]
        elif inside:
            lines += [_item(line)] if line else [""]
        else:
            lines += [line]
    return "\n".join(lines)


def _item(line: str) -> str:
    found = ITEM.match(line)
    return (
        f"- `{found[1]}`: {found[2]}"
        if found
        else "  " + line.strip()
        if line.startswith("      ")
        else f"- {line.strip()}"
    )
