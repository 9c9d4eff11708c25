"""Where live updates ask the database: few threads of their own, so that many connections take none from REST.

Not by Channels' `database_sync_to_async`: that runs the function in a copy of the caller's context, which then has a
database connection of its own that nobody gives back to the pool.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from django.db import close_old_connections

THREADS_MAX: Final = 4
_threads = ThreadPoolExecutor(max_workers=THREADS_MAX, thread_name_prefix="live")


async def in_thread[T](function: Callable[..., T], *arguments: Any) -> T:
    """Its result. The database connection that it had is given back."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _call, function, *arguments)


def _call[T](function: Callable[..., T], *arguments: Any) -> T:
    close_old_connections()
    try:
        return function(*arguments)
    finally:
        close_old_connections()
