"""Reads of the database for the event loop: in threads, which give their connection back.

A thread that kept its connection would take it from the pool for good, and would keep a dead one after a restart of the
server. What callers ask has some of the threads, and never all: however many ask, the engine's own looks (sweeps, nets)
are not kept waiting behind them.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from weakref import WeakKeyDictionary

from django.db import close_old_connections

READS_MAX = 4
"""Of callers, at a time; each holds a thread, of which asyncio has five at least, and a connection. Who finds no room
waits, and how many may wait is bounded by the calls that are let in."""

_gates: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


async def read[**P, T](query: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The answer of `query`, which a caller waits for, and which may use Django's connection."""
    gate = _gates.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(READS_MAX))
    async with gate:
        return await look(query, *args, **kwargs)


async def look[**P, T](query: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """As `read`, for the engine itself."""
    return await asyncio.to_thread(_given_back, partial(query, *args, **kwargs))


@contextmanager
def given_back() -> Iterator[None]:
    """What uses Django's connection in a thread that is not Django's."""
    close_old_connections()
    try:
        yield
    finally:
        close_old_connections()


def _given_back[T](query: Callable[[], T]) -> T:
    with given_back():
        return query()
