"""Plays a script on the kernel, which is right, and on several twins beside it."""

from collections.abc import Sequence
from typing import Protocol

from tests.differential.answers import Answer
from tests.differential.kernel import Kernel
from tests.differential.rows import Rows, difference
from tests.differential.steps import Batch, Script, Step

ANSWERS = "answers"


class Twin(Protocol):
    """Plays steps, one after the other."""

    @property
    def name(self) -> str: ...

    def play(self, step: Step) -> list[Answer]:
        """What was answered, in order."""

    def rows(self) -> Rows:
        """Everything that is stored."""


class Differs(AssertionError):
    """Two twins differ: `where` is `answers`, or a table."""

    def __init__(self, twin: str, where: str, what: str) -> None:
        super().__init__(f"{twin} differs in {where}: {what}")
        self.twin = twin
        self.where = where


def compare(script: Script, kernel: Kernel, twins: Sequence[Twin]) -> None:
    """All steps on all twins, then a look into each inbox. Rows are compared half-way, too: much is gone later.

    Raises:
        Differs: see there.
    """
    middle = len(script) // 2
    for place, step in enumerate(script):
        _same_answers(place, step, kernel.play(step), twins)
        if place == middle:
            _same_rows(kernel, twins, without=("sched_inbox",))
    rest = Batch(now=script[-1].now, hints=tuple(kernel.inbox))
    _same_answers(len(script), rest, kernel.play(rest), twins)
    _same_rows(kernel, twins)


def _same_answers(place: int, step: Step, expected: list[Answer], twins: Sequence[Twin]) -> None:
    for twin in twins:
        try:
            found = twin.play(step)
        except Exception as error:
            raise Differs(twin.name, ANSWERS, f"step {place + 1}: {type(error).__name__}: {error}") from error
        if found != expected:
            raise Differs(twin.name, ANSWERS, f"step {place + 1}: expected {expected}, got {found}")


def _same_rows(kernel: Kernel, twins: Sequence[Twin], without: tuple[str, ...] = ()) -> None:
    expected = kernel.rows()
    for twin in twins:
        found = {table: rows for table, rows in twin.rows().items() if table not in without}
        told = difference(expected, found)
        if told:
            raise Differs(twin.name, told.split()[0], told)
