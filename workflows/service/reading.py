"""Reads of the database for the event loop: in threads, which give their connection back.

A thread that kept its connection would take it from the pool for good, and would keep a dead one after a restart of the
server.
"""

import asyncio
from collections.abc import Callable
from functools import partial

from django.db import close_old_connections


async def read[**P, T](query: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The answer of `query`, which may use Django's connection."""
    return await asyncio.to_thread(_given_back, partial(query, *args, **kwargs))


def _given_back[T](query: Callable[[], T]) -> T:
    close_old_connections()
    try:
        return query()
    finally:
        close_old_connections()
