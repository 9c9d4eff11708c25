"""The caller's environment without what is sched's.

Who has exported `SCHED_POSTGRES_DSN` to run an engine runs the tests and tools in the same shell: none of them may look
at those servers. `SCHED_TEST_*` is meant for them, and stays.
"""

from __future__ import annotations

import os

OWN_PREFIXES = (
    "SCHED_", "ENGINE_", "DASHBOARD_", "DJANGO_", "POSTGRES_DSN", "REDIS_ADDR", "TASK_QUEUE", "AUTO_START_TEST",
)  # fmt: skip
FOR_TESTS = "SCHED_TEST_"


def kept() -> dict[str, str]:
    """For a process of the product: without sched's variables, those of the tests included."""
    return {name: value for name, value in os.environ.items() if not name.startswith(OWN_PREFIXES)}


def forget() -> None:
    """For this process, before it reads settings. The name of Django's settings is whose it is to choose."""
    for name in [name for name in os.environ if name.startswith(OWN_PREFIXES)]:
        if not name.startswith((FOR_TESTS, "DJANGO_")):
            del os.environ[name]
