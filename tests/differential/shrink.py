"""Makes a failing script shorter: leaves out steps, then inputs, as long as it still fails."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.differential.steps import Batch, Inline, Script, Step

REPLAYS_MAX = 150
"""Tries; each costs about a tenth of a second."""


def shrunk(script: Script, fails: Callable[[Script], bool]) -> Script:
    """A part of `script` that fails, too."""
    replays = 0
    progress = True
    while progress:
        progress = False
        for candidate in _smaller(script):
            replays += 1
            if replays > REPLAYS_MAX:
                return script
            if fails(candidate):
                script, progress = candidate, True
                break
    return script


def _smaller(script: Script) -> Iterator[Script]:
    """Large cuts first."""
    size = len(script)
    while size > 1:
        size //= 2
        for start in range(0, len(script), size):
            yield [*script[:start], *script[start + size :]]
    for place, step in enumerate(script):
        for less in _less(step):
            yield [*script[:place], less, *script[place + 1 :]]


def _less(step: Step) -> Iterator[Step]:
    match step:
        case Batch(given=given):
            for place in range(len(given)):
                yield replace(step, given=given[:place] + given[place + 1 :])
        case Inline(calls=calls):
            for place in range(len(calls)):
                yield replace(step, calls=calls[:place] + calls[place + 1 :])
        case _:
            return
