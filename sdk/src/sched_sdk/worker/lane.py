"""How tasks of one kind come in and their completions go out. Two ways: a stream, or long polls."""

from typing import NamedTuple, Protocol


class Load(NamedTuple):
    """How much of one kind is in hand, of how much that may be."""

    kind: str
    slots: int
    in_hand: int


class Lane(Protocol):
    """One kind of work, and its way to the engine and back."""

    async def run(self) -> None:
        """Serve until cancelled, or until `leave` has done its work; reconnects for ever."""
        ...

    @property
    def load(self) -> Load:
        """As of now. Any thread."""
        ...

    def stop_asking(self) -> None:
        """Ask for no more tasks; completions still go out."""
        ...

    async def drain(self, seconds: float) -> None:
        """Let what is in hand finish in time, and hand back the rest."""
        ...

    async def leave(self, seconds: float) -> None:
        """Wait, at most that long, until every completion is acknowledged; then say goodbye."""
        ...

    def abandon(self) -> None:
        """Stop caring for what is in hand: the worker ends now."""
        ...
