"""The code samples of a page, and what a comment above one says of it.

| comment | meaning |
| --- | --- |
| `<!-- not run: why -->` | nothing can run it; the reason is for the reader of the page's source |
| `<!-- refused -->` | a command that must fail |
| `<!-- file: name -->` | is saved under this name for the commands below |
| `<!-- background -->` | one command, that stays up |
| `<!-- samples run by: path -->` | anywhere on a page: that test runs all of the page's samples |
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.docs.pages import pages

SAMPLE = re.compile(
    r"(?:^<!-- (?P<word>not run|refused|file|background)(?:: (?P<note>[^\n]*))? -->\n)?"
    r"^```(?P<language>python|sh|bash|console)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
RUN_BY = re.compile(r"^<!-- samples run by: (\S+) -->$", re.MULTILINE)


NOT_IMPORTED = ("not run", "file")
"""Python that is not run in the test's own process: what is saved is run by the commands of its page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    page: Path
    line: int
    language: str
    text: str
    word: str
    note: str


def samples(page: Path, *languages: str) -> list[Sample]:
    """In the order of the page."""
    text = page.read_text()
    return [
        Sample(
            page=page,
            line=text.count("\n", 0, found.start("text")),
            language=found["language"],
            text=found["text"],
            word=found["word"] or "",
            note=found["note"] or "",
        )
        for found in SAMPLE.finditer(text)
        if found["language"] in languages
    ]


def run_elsewhere(page: Path) -> str:
    """The test that runs a page's samples, where that is one of its own; empty otherwise."""
    found = RUN_BY.search(page.read_text())
    return found[1] if found else ""


def pages_with(*languages: str) -> list[Path]:
    """Those with samples that are run here."""
    return [
        page
        for page in pages()
        if not run_elsewhere(page)
        and any(each.word not in NOT_IMPORTED for each in samples(page, *languages))
    ]


def programs(page: Path) -> Iterator[tuple[list[ast.stmt], list[ast.stmt]]]:
    """What a page's programs define (each sample up to its last function), and what is done with it.

    A sample that makes a client begins a program.
    """
    define: list[ast.stmt] = []
    use: list[ast.stmt] = []
    for sample in samples(page, "python"):
        if sample.word in NOT_IMPORTED:
            continue
        if "client = Client(" in sample.text and define:
            yield define, use
            define, use = [], []
        body = ast.parse("\n" * sample.line + sample.text).body
        functions = [
            place
            for place, node in enumerate(body)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        cut = functions[-1] + 1 if functions else 0
        define += body[:cut]
        use += body[cut:]
    if define:
        yield define, use
