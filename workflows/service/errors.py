"""Bad input, as every door tells it: the field, the value, and the rule it breaks. Nothing was changed."""

from collections.abc import Sequence
from dataclasses import dataclass

SHOWN_MAX = 60
"""Characters of a value in an error; more would make a log of payloads."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One broken rule. `value` is shortened, and empty where it might be a payload or a secret."""

    field: str
    value: str
    rule: str

    def __str__(self) -> str:
        return f"{self.field}: {self.value}: {self.rule}" if self.value else f"{self.field}: {self.rule}"


class Invalid(Exception):
    """Input that breaks rules; all of them, as far as they could be found."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__("; ".join(map(str, errors)))
        self.errors = tuple(errors)


def invalid(field: str, value: object, rule: str) -> Invalid:
    """A single broken rule."""
    return Invalid([FieldError(field, shown(value), rule)])


def shown(value: object) -> str:
    """A value as errors show it."""
    try:
        text = repr(value) if isinstance(value, str) else str(value)
    except ValueError:  # Python writes no integer of more than 4,300 digits
        text = f"<{type(value).__name__}>"
    return text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}…"
