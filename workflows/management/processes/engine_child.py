"""One of several engine processes: started, started again when it dies, stopped.

```
                       ┌──────────── back-off ◄───────────┐
                       ▼                                  │
 keep ──► starts ──► says that it serves ──► ends ────────┤
             │                                            │ stop was asked
             └─ ends the first time before it has served  ▼
                └─► DidNotServe                        returns
```

Guarantees: one process at a time. It is in a process group of its own, so that Ctrl-C in the terminal reaches the
parent alone. That it ends when the parent does, however that ends, is a matter of its command (`--die-with-parent`).
Does not: look whether it is well. That is what its `/healthz` is for.
"""

import asyncio
import logging
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from workflows.management.processes.restarts import FIRST_DELAY_SECONDS, WELL_SECONDS, next_delay

_LOGGER = logging.getLogger(__name__)


class DidNotServe(Exception):
    """The first process of a place ended before it served; `status` as `subprocess` has it."""

    def __init__(self, place: int, status: int) -> None:
        super().__init__(f"engine process {place} {how(status)} before it served")
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """How a process ended, and for how long it had served; None: it never did."""

    status: int
    seconds: float | None


class EngineChild:
    """Keeps one process running from `keep` to `stop`. Lives on one event loop.

    Args:
        place: which of the processes it is, from 1; for people.
        command: writes one line to its standard output once it serves, and nothing else.
        variables: its environment.
    """

    def __init__(self, place: int, command: Sequence[str], variables: Mapping[str, str]) -> None:
        self._place = place
        self._command = command
        self._variables = variables
        self._process: Process | None = None
        self._stopping = asyncio.Event()
        self.serves = asyncio.Event()
        """The first process has served; stays set."""

    async def keep(self) -> bool:
        """Until `stop` was called: whether it ended in order then.

        Raises:
            DidNotServe: what kept the first one from serving will keep the next from it, too.
        """
        delay = FIRST_DELAY_SECONDS
        while not self._stopping.is_set():
            life = await self._run_once()
            if self._stopping.is_set():
                return life.seconds is None or life.status == 0
            if not self.serves.is_set():
                raise DidNotServe(self._place, life.status)
            delay = next_delay(delay, was_well=(life.seconds or 0) >= WELL_SECONDS)
            _LOGGER.warning(
                "engine process %d %s; it is started again in %g s", self._place, how(life.status), delay
            )
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), delay)
        return True

    def stop(self) -> None:
        """Ask it to end in order."""
        self._stopping.set()
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self._stopping.set()
        self._send(signal.SIGKILL)

    async def _run_once(self) -> Life:
        """One process, from start to end."""
        try:
            process = self._process = await self._spawn()
        except OSError as error:  # no memory, or no more processes: that may pass
            _LOGGER.error("engine process %d cannot be started: %s", self._place, error)
            return Life(status=1, seconds=None)
        if self._stopping.is_set():  # asked while it was started
            process.terminate()
        assert process.stdout is not None
        clock = asyncio.get_running_loop().time
        if not await process.stdout.readline():
            return Life(status=await process.wait(), seconds=None)
        self.serves.set()
        since = clock()
        return Life(status=await process.wait(), seconds=clock() - since)

    async def _spawn(self) -> Process:
        return await asyncio.create_subprocess_exec(
            *self._command, stdin=DEVNULL, stdout=PIPE, env=self._variables, process_group=0
        )

    def _send(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):  # it has ended, and we are about to hear of it
                self._process.send_signal(number)


def how(status: int) -> str:
    """The way a process ended, for people."""
    return f"ended with status {status}" if status >= 0 else f"was ended by {signal.Signals(-status).name}"
