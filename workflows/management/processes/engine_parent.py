"""Several engines on one gRPC port: a parent that starts them, starts them again and stops them, and does nothing else.

```
 parent   keeps the port (shared_port), takes the signals
   ├─ engine 1   gRPC on ENGINE_PORT   metrics on SCHED_METRICS_PORT
   ├─ engine 2   gRPC on ENGINE_PORT   metrics on SCHED_METRICS_PORT + 1
   ┆
```

Each is an engine as any other, with a name, database sessions and a metrics port of its own; they know of one another
what engines on two machines know. The kernel deals connections out by their addresses.

The first is started alone: what keeps an engine from starting is then said once, in its own words.

SIGTERM or Ctrl-C: all of them are asked to stop together, each within the grace. A second one: all end at once.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.conf import settings

from workflows.management.processes.engine_child import DidNotServe, EngineChild
from workflows.management.processes.several import OPTION, metrics_ports
from workflows.management.processes.shared_port import keep_to_share
from workflows.management.processes.taken import check_free

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
LATE_SECONDS = 1.0
"""An engine ends itself when its grace is over; one that is frozen does not, and is killed so much later."""
BAD_START = 1
"""The status of an engine that has said why it cannot start."""


class EngineParent:
    """Run once.

    Args:
        count: of engines.
        say: prints a line for the person who started it.
    """

    def __init__(self, count: int, say: Callable[[str], None]) -> None:
        self._say = say
        self._ports = metrics_ports(count)
        self._children: list[EngineChild] = []
        self._asked: signal.Signals | None = None
        self._greeted = False

    def run(self) -> int:
        """Serve until asked to stop; the exit status.

        Raises:
            CannotStart: a port is taken.
        """
        environment = settings.SCHED
        with keep_to_share(environment.bind, environment.engine_port, "ENGINE_PORT"):
            for port in self._ports:
                check_free(environment.bind, port, "SCHED_METRICS_PORT")
            return asyncio.run(self._serve())

    async def _serve(self) -> int:
        for number in STOP_SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, self._on_signal, number)
        self._children = [_child(place, port) for place, port in enumerate(self._ports, 1)]
        keeping: list[asyncio.Task[bool]] = []
        try:
            for some in (self._children[:1], self._children[1:]):
                started = [asyncio.create_task(child.keep()) for child in some]
                keeping += started
                await _served(some, keeping)
            self._greet()
            in_order = all(await asyncio.gather(*keeping))
        except DidNotServe as failure:
            await self._give_up(failure, keeping)
            return 1
        if self._asked is not None and not self._greeted:
            return 128 + self._asked
        return 0 if in_order else 1

    async def _give_up(self, failure: DidNotServe, keeping: Sequence[asyncio.Task[bool]]) -> None:
        """All or none: an operator who asked for four shall not have three without a word."""
        alone = len(keeping) == 1
        if not (alone and failure.status == BAD_START):  # which has said why itself
            sys.stderr.write(f"sched: {failure}{'' if alone else '; the others are stopped'}\n")
        self._stop()
        await asyncio.gather(*keeping, return_exceptions=True)

    def _greet(self) -> None:
        if self._asked is not None:
            return
        self._greeted = True
        ports = self._ports
        self._say(
            f"sched engine: {len(ports)} processes, gRPC on port {settings.SCHED.engine_port}, "
            f"metrics and health on ports {ports[0]} to {ports[-1]}"
        )

    def _on_signal(self, number: signal.Signals) -> None:
        if self._asked is not None:
            self._kill()
            os._exit(128 + number)
        self._asked = number
        self._stop()

    def _stop(self) -> None:
        for child in self._children:
            child.stop()
        grace = settings.SCHED.shutdown_grace.total_seconds()
        asyncio.get_running_loop().call_later(grace + LATE_SECONDS, self._kill)

    def _kill(self) -> None:
        for child in self._children:
            child.kill()


async def _served(children: Sequence[EngineChild], keeping: Sequence[asyncio.Task[bool]]) -> None:
    """Until all of these serve, or one that is kept has ended for good: then what it raised is raised."""
    serving: asyncio.Task[Any] = asyncio.create_task(_serve(children))
    await asyncio.wait([serving, *keeping], return_when=asyncio.FIRST_COMPLETED)
    serving.cancel()
    for task in keeping:
        if task.done():
            task.result()


async def _serve(children: Sequence[EngineChild]) -> None:
    for child in children:
        await child.serves.wait()


def _child(place: int, metrics_port: int) -> EngineChild:
    parts = [sys.argv[0], "runengine", OPTION, "1", "--share-port", "--die-with-parent", str(os.getpid())]
    return EngineChild(place, [sys.executable, *parts], _variables(metrics_port))


def _variables(metrics_port: int) -> Mapping[str, str]:
    """This process's. What it has told of at its start, the children need not tell again."""
    told = {name.partition(" ")[0] for name in settings.SCHED.unknown}
    kept = {name: value for name, value in os.environ.items() if name not in told}
    return kept | {"SCHED_METRICS_PORT": str(metrics_port)}
