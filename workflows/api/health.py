"""Whether the parts that the web process needs are there: database, Redis where one is configured, engine.

Each part has a probe: a function that raises if it is not there. They run at once, on threads of their own, and what
has not answered in `PATIENCE` is down. So the answer is never slow, and a part that hangs holds one thread.
"""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

logger = logging.getLogger(__name__)

PATIENCE = 1.5
"""Seconds; with the rest of a request that is below the two after which a probe of an orchestrator gives up."""
UP, DOWN = "up", "down"
Probe = Callable[[], None]

_threads = ThreadPoolExecutor(max_workers=6, thread_name_prefix="health")


@dataclass(frozen=True, slots=True)
class Health:
    """By part: up or down."""

    parts: Mapping[str, str]

    @property
    def is_up(self) -> bool:
        return all(state == UP for state in self.parts.values())


def check() -> Health:
    """Ask all parts now."""
    running = {name: _threads.submit(probe) for name, probe in probes().items()}
    wait(running.values(), timeout=PATIENCE)
    return Health({name: _state(name, future) for name, future in running.items()})


def probes() -> dict[str, Probe]:
    """The database's, and those that the project's settings name.

    `SCHED_PROBES` has for each part the dotted path of a function and its arguments, so that this layer need not know
    who speaks gRPC and who Redis.
    """
    named: Mapping[str, tuple[str, dict[str, Any]]] = getattr(settings, "SCHED_PROBES", {})
    found = {part: partial(import_string(path), **arguments) for part, (path, arguments) in named.items()}
    return {"database": database, **found}


class ReadOnly(Exception):
    """The database answers, and would refuse every start and signal."""


def database() -> None:
    """Raises if the database does not answer, or takes reads only."""
    try:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SELECT current_setting('transaction_read_only')::boolean")
                if cursor.fetchone()[0]:
                    raise ReadOnly
            else:
                cursor.execute("SELECT 1")
    finally:
        connection.close()


def _state(name: str, future: Future[None]) -> str:
    if not future.done():
        future.cancel()
        return told(name, f"did not answer in {PATIENCE:.1f} s")
    error = future.exception()
    return told(name, f"is down: {type(error).__name__}" if error is not None else "")


_problems: dict[str, str] = {}
"""By part, what was told of it last: a probe a second is not worth a line a second."""


def told(name: str, problem: str) -> str:
    """Up or down; the log has a line where that has changed. An empty problem is none."""
    before, _problems[name] = _problems.get(name, ""), problem
    if problem and problem != before:
        logger.warning("%s %s", name, problem)
    elif before and not problem:
        logger.info("%s is up again", name)
    return DOWN if problem else UP
