"""What is stored and cannot be read: one damaged row must not hide the others.

Nothing here repairs, and nothing looks for damage: what a reader meets on its way is left out, and told in a sentence
that names the run and `manage.py fsck`, which knows the rest.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from workflows.codec.events import decode
from workflows.core.events import Event
from workflows.core.rejection import Code, Rejected

DAMAGED: Final = "damaged: "
"""So begins what tells of damage. No problem of a task does: they begin with a word in capitals."""
SHOWN_MAX = 60
"""Characters of a damaged value in a sentence."""
type Stored = bytes | memoryview | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """An event that cannot be decoded, or says that it is another: what its row tells of it."""

    number: int
    type_number: int
    problem: str


class Damage:
    """Gathers what cannot be read of one run."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id
        self._found: list[str] = []

    def read[T](self, what: str, decode: Callable[[bytes], T], data: Stored) -> T | None:
        """The value in a column; None for NULL, and for what is no such value."""
        if data is None:
            return None
        try:
            return decode(bytes(data))
        except Exception:  # whatever bytes do to a decoder
            self.add(f"{what} cannot be read")
            return None

    def add(self, fault: str) -> None:
        self._found.append(fault)

    @property
    def problem(self) -> str:
        """A sentence; empty if all could be read."""
        return f"{DAMAGED}{', '.join(self._found)}; {advice(self._run_id)}" if self._found else ""


def event_or_unreadable(run_id: str, number: int, type_number: int, data: bytes) -> Event | Unreadable:
    """The event in a row."""
    try:
        event = decode(data)
    except Exception:  # whatever bytes do to a decoder
        fault = "it cannot be read"
    else:
        if event.number == number:
            return event
        fault = f"it says that it is event {event.number}"
    return Unreadable(number=number, type_number=type_number, problem=f"{DAMAGED}{fault}; {advice(run_id)}")


def damaged(run_id: str, what: str) -> Rejected:
    """For who asked for just that."""
    message = f"{what} of run {run_id!r} is damaged and cannot be read; {advice(run_id)}"
    return Rejected(Code.DAMAGED, message, run_id=run_id)


def advice(run_id: str) -> str:
    return f"`manage.py fsck --run-id {run_id}` says more"


def shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}…"
