"""Where a command writes: documents for programs, or tables and lines for people.

Without a terminal there are no colours, no frames and no width: a line is as long as what it holds. Text from elsewhere
cannot steer the terminal: its control characters are shown as escapes.
"""

import re
import sys
from collections.abc import Iterable, Sequence
from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sched_sdk.cli import json_text
from sched_sdk.cli.exits import Problem

UNBOUNDED = 1_000_000
"""Columns of what is no terminal."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
STYLES = {
    "RUNNING": "cyan",
    "COMPLETED": "green",
    "FAILED": "red",
    "TIMED_OUT": "red",
    "TERMINATED": "yellow",
    "CANCELED": "yellow",
}


class Screen:
    """Standard output and standard error of one command."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.is_terminal = sys.stdout.isatty()
        self._out = Console(
            file=sys.stdout,
            force_terminal=self.is_terminal,
            color_system="auto" if self.is_terminal else None,
            width=None if self.is_terminal else UNBOUNDED,
            highlight=False,
            markup=False,
            emoji=False,
        )

    def document(self, value: object) -> None:
        """One line of JSON; at once, for who follows."""
        _write_document(sys.stdout, value)
        sys.stdout.flush()

    def line(self, text: str) -> None:
        """A line for people."""
        self._print(Text(plain(text)), soft_wrap=True)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """A table, its cells folded where a terminal is too narrow, never cut."""
        table = Table(
            box=SIMPLE_HEAD if self.is_terminal else None,
            pad_edge=False,
            header_style="bold",
            show_edge=False,
        )
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*(Text(plain(cell), style=STYLES.get(cell, "")) for cell in row))
        self._print(table)

    def facts(self, facts: Iterable[tuple[str, str]]) -> None:
        """Names and values, those without a value left out."""
        table = Table.grid(padding=(0, 2))
        table.add_column(style="bold", no_wrap=True)
        table.add_column(overflow="fold")
        for name, value in facts:
            if value:
                table.add_row(name, Text(plain(value), style=STYLES.get(value, "")))
        self._print(table)

    def _print(self, what: Table | Text, *, soft_wrap: bool = False) -> None:
        """Written here, not by rich, which would end the process by itself when a pipe is closed."""
        with self._out.capture() as capture:
            self._out.print(what, soft_wrap=soft_wrap)
        text = capture.get()
        if not self.is_terminal:  # spaces that fill up a column are of no use at the end of a line
            text = "".join(f"{line.rstrip(' ')}\n" for line in text.removesuffix("\n").split("\n"))
        sys.stdout.write(text)
        sys.stdout.flush()

    def note(self, text: str) -> None:
        """A line beside the output."""
        sys.stderr.write(plain(text) + "\n")

    def problem(self, problem: Problem) -> None:
        """Why it was not done."""
        if self.as_json:
            _write_document(sys.stderr, problem.document())
        else:
            for line in problem.lines():
                self.note(line)


def _write_document(stream: TextIO, value: object) -> None:
    text = json_text.dumps(value)
    try:
        text.encode(stream.encoding or "ascii")
    except UnicodeEncodeError:
        text = json_text.in_ascii(text)
    stream.write(f"{text}\n")


def plain(text: str) -> str:
    """Text that says nothing to a terminal but what it shows."""
    return _CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), text)
