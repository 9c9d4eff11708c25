"""The faults, a function each: what it does, and what ends it. Every kind fires once in a round, in random order."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from tests.chaos.cast import ENGINES, Cast

Undo = Callable[[], None]


def _nothing() -> None:
    """Whatever ended is started again by the supervisor's hand."""


def _kill(name: str) -> Callable[[Cast, int], Undo]:
    def fault(cast: Cast, _count: int) -> Undo:
        cast.kill(name)
        return _nothing

    return fault


def _freeze(name: str) -> Callable[[Cast, int], Undo]:
    def fault(cast: Cast, _count: int) -> Undo:
        cast.freeze(name)
        return lambda: cast.thaw(name)

    return fault


def _kill_an_engine(cast: Cast, count: int) -> Undo:
    cast.kill(ENGINES[count % 2])
    return _nothing


def _freeze_an_engine(cast: Cast, count: int) -> Undo:
    return _freeze(ENGINES[(count + 1) % 2])(cast, count)


def _end_postgres(cast: Cast, _count: int) -> Undo:
    cast.postgres.stop(signal.SIGQUIT)
    return cast.postgres.start


def _freeze_postgres(cast: Cast, _count: int) -> Undo:
    cast.postgres.freeze()
    return cast.postgres.thaw


def _kill_a_session(cast: Cast, count: int) -> Undo:
    """The server ends all the others, and recovers."""
    sessions = cast.postgres.sessions(cast.database)
    assert sessions, "engines have sessions"
    os.kill(sessions[count % len(sessions)], signal.SIGKILL)
    return _nothing


def _cut_connections(cast: Cast, _count: int) -> Undo:
    cast.postgres.cut(cast.database)
    return _nothing


def _kill_redis(cast: Cast, _count: int) -> Undo:
    cast.redis.kill()
    return cast.redis.start


def _flush_redis(cast: Cast, _count: int) -> Undo:
    cast.redis.flush()
    return _nothing


def _freeze_redis(cast: Cast, _count: int) -> Undo:
    cast.redis.freeze()
    return cast.redis.thaw


FAULTS: dict[str, Callable[[Cast, int], Undo]] = {
    "engine killed (SIGKILL)": _kill_an_engine,
    "engine frozen (SIGSTOP)": _freeze_an_engine,
    "streaming worker killed (SIGKILL)": _kill("worker-a"),
    "streaming worker frozen (SIGSTOP)": _freeze("worker-b"),
    "polling worker killed (SIGKILL)": _kill("worker-p"),
    "Redis killed, restarted empty": _kill_redis,
    "Redis flushed": _flush_redis,
    "Redis frozen (SIGSTOP)": _freeze_redis,
    "Postgres restarted (immediate)": _end_postgres,
    "Postgres frozen (SIGSTOP)": _freeze_postgres,
    "Postgres: a session killed (SIGKILL)": _kill_a_session,
    "Postgres: all connections cut": _cut_connections,
}
ROUNDS_MIN = 3
"""Every kind fires so often at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    name: str
    at: float
    """On the monotonic clock."""


def plan(rng: Random) -> Iterator[str]:
    """Kinds of faults for ever: all of them in each round."""
    while True:
        names = list(FAULTS)
        rng.shuffle(names)
        yield from names
