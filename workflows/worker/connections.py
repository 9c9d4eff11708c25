"""Database connections around activities: what requests are to Django's own connections, activities are here.

A plain `def` runs on a thread that runs others after it. What is too old or broken is closed before it and after it,
so `CONN_MAX_AGE`, `CONN_HEALTH_CHECKS` and pools mean what they mean to a web process. An attempt whose connection
the server has cut fails, as any other; the next one has a fresh connection.

An `async def` runs on the event loop beside others, and what it asks of the ORM on a thread of its own, as a request
under ASGI: one slow query holds nobody else up. Thread and connection end with the activity.

Does not: look at workflow functions. They are replayed, so they must not ask a database at all.
"""

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.db import close_old_connections, connections, reset_queries
from sched_sdk.registry import ActivityDefinition, Registry


class Guarded(Registry):
    """What a registry holds, its activities with healthy connections. Tests that call a function get it bare."""

    def __init__(self, registry: Registry) -> None:
        super().__init__()
        self._bare = registry
        self.workflows = registry.workflows
        self.activities = {name: _guarded(each) for name, each in registry.activities.items()}

    def activity_name(self, activity: str | Callable[..., Any]) -> str:
        """Workflow code names activities by the functions that it sees, which are the bare ones."""
        return self._bare.activity_name(activity)


def close_pools() -> None:
    """Left to the interpreter's own end, the threads of each pool are waited for in vain for 5 s."""
    for connection in connections.all():
        if hasattr(connection, "close_pool"):
            connection.close_pool()


def _guarded(definition: ActivityDefinition) -> ActivityDefinition:
    guard = _on_the_loop if definition.is_async else _on_a_thread
    return replace(definition, function=guard(definition.function))


def _on_a_thread(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def run(*arguments: Any) -> Any:
        reset_queries()  # kept while DEBUG is on
        close_old_connections()
        try:
            return function(*arguments)
        finally:
            close_old_connections()

    return run


def _on_the_loop(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    async def run(*arguments: Any) -> Any:
        async with ThreadSensitiveContext():
            try:
                return await function(*arguments)
            finally:
                await sync_to_async(connections.close_all)()

    return run
