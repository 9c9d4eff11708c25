"""Answers in a form that can be compared."""

from typing import Any, NamedTuple

from workflows.core.rejection import Code, Rejected

Answer = Any
"""A reply of the kernel, what a statement of `dispatch` returns, or a `Refusal`."""


class Refusal(NamedTuple):
    """A rejection. Of an inline call the code alone counts: its words tell of ids, where the engine's tell of runs."""

    code: Code
    message: str
    run_id: str


def refusal(rejected: Rejected, *, says: bool = True) -> Refusal:
    return Refusal(rejected.code, rejected.message if says else "", rejected.run_id)
