"""The event loop of workers and of blocking clients: uvloop's, where there is one for the system.

A worker, and the engine likewise, needs a tenth less CPU for a workflow with it (`make bench ARGS="--only bulk"`,
before and after). Where it cannot be had, as on Windows, asyncio's own does the same.
"""

import asyncio
from collections.abc import Callable

new_event_loop: Callable[[], asyncio.AbstractEventLoop]
try:
    from uvloop import new_event_loop
except ImportError:
    from asyncio import new_event_loop

__all__ = ["new_event_loop"]
