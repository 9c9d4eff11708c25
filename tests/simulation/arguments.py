"""What both commands of the simulation check in their arguments. A run of nothing is no proof, so it is refused."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.simulation.mutants import Mutant


def seeds(text: str) -> int:
    """How many: one at least."""
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no number of seeds; it must be a whole number from 1 on"
        )
    return int(text)


def mutants(names: Sequence[str], parser: argparse.ArgumentParser) -> list[Mutant]:
    """Those that are named, in the order of the table; all of them if none is. Ends the process over an unknown one.

    The product is imported here: Django must be set up.
    """
    from tests.simulation.mutants import MUTANTS

    known = [each.name for each in MUTANTS]
    unknown = [name for name in names if name not in known]
    if unknown:
        parser.error(f"no mutant is called {', '.join(unknown)}; there are:\n  " + "\n  ".join(known))
    return [each for each in MUTANTS if not names or each.name in names]
