"""A succession of processes of one role, read from its journal."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.harness.waiting import wait_for

KILLED = -signal.SIGKILL


@dataclass(frozen=True, slots=True)
class Death:
    """To be killed at a point, the nth time it is reached; counted from the mark on that the script makes, if any."""

    point: str
    nth: int = 1
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a life ended. `reached`: the point that it said it was about to die at."""

    status: int
    reached: str | None


class Lives:
    """What an order to the host has come to."""

    def __init__(self, name: str, journal: Path, log: Path) -> None:
        self.name = name
        self._journal = journal
        self._log = log

    def lines(self) -> list[list[str]]:
        if not self._journal.exists():
            return []
        return [line.split() for line in self._journal.read_text().splitlines()]

    @property
    def begun(self) -> list[int]:
        """The ids of the processes so far; the last one may be alive."""
        return [int(words[1]) for words in self.lines() if words[0] == "began"]

    @property
    def ended(self) -> list[Ended]:
        """How those that are over have ended, in order."""
        found: list[Ended] = []
        reached: str | None = None
        for words in self.lines():
            if words[0] == "reached":
                reached = words[1]
            elif words[0] == "ended":
                found.append(Ended(int(words[2]), reached))
                reached = None
        return found

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    @property
    def tail(self) -> str:
        return f"--- {self.name}: {self.lines()}\n{self.log[-4_000:]}"

    def wait_for_life(self, number: int) -> int:
        """The process id of the life of that number, counted from 1, once it has begun."""
        wait_for(lambda: len(self.begun) >= number, f"life {number} of {self.name}")
        return self.begun[number - 1]

    def wait_for_deaths(self, count: int, *, seconds: float = 30.0) -> list[Ended]:
        wait_for(lambda: len(self.ended) >= count, f"{count} deaths of {self.name}", seconds=seconds)
        return self.ended

    def send(self, number: signal.Signals) -> None:
        """To the process that lives now."""
        os.kill(self.begun[-1], number)

    def end(self) -> None:
        """Nothing of it is left afterwards."""
        wait_for(self.lines, f"supervisor of {self.name}")
        if not self._is_over():
            os.kill(int(self.lines()[0][1]), signal.SIGTERM)
            wait_for(self._is_over, f"end of {self.name}")

    def _is_over(self) -> bool:
        return self.lines()[-1] == ["over"]
