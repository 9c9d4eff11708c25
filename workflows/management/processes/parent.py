"""A process that ends when the process that started it ends, even by SIGKILL.

On Linux the kernel tells (PR_SET_PDEATHSIG); a look at the parent's id each half second covers other systems, and
the moment before the kernel was asked.
"""

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable

PR_SET_PDEATHSIG = 1
LOOK_SECONDS = 0.5


def follow(parent: int, on_death: Callable[[], None]) -> None:
    """Calls `on_death`, on a thread or as a handler of SIGTERM, once `parent` is no longer our parent.

    Args:
        parent: id of the process that must live; what started this process.
        on_death: must end this process soon. May be called more than once.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    threading.Thread(target=_watch, args=(parent, on_death), name="sched-parent", daemon=True).start()


def _watch(parent: int, on_death: Callable[[], None]) -> None:
    never = threading.Event()
    while os.getppid() == parent:
        never.wait(LOOK_SECONDS)
    on_death()
