"""Reads of the database for the event loop: in threads, which give their connection back.

A thread that kept its connection would take it from the pool for good, and would keep a dead one after a restart of the
server. What callers ask has threads of its own: however many ask, the engine's own looks (sweeps, nets) are not kept
waiting behind them.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial

from django.db import close_old_connections

READ_THREADS = 8
"""For what callers ask; each holds a database connection while it reads. Who finds none free waits, and how many may
wait is bounded by the calls that are let in."""

_threads = ThreadPoolExecutor(READ_THREADS, thread_name_prefix="sched-read")


async def read[**P, T](query: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The answer of `query`, which a caller waits for, and which may use Django's connection."""
    call = partial(copy_context().run, _given_back, partial(query, *args, **kwargs))
    return await asyncio.get_running_loop().run_in_executor(_threads, call)


async def look[**P, T](query: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """As `read`, for the engine itself."""
    return await asyncio.to_thread(_given_back, partial(query, *args, **kwargs))


def _given_back[T](query: Callable[[], T]) -> T:
    close_old_connections()
    try:
        return query()
    finally:
        close_old_connections()
