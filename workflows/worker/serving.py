"""The worker of a project: found, made, run."""

from collections.abc import Mapping
from typing import Any

from sched_sdk import logs
from sched_sdk.client import AsyncClient
from sched_sdk.client.loop_thread import run_to_end
from sched_sdk.worker import Worker

from workflows.worker import registry
from workflows.worker.connections import Guarded, close_pools
from workflows.worker.discovery import discover


def new_worker(arguments: Mapping[str, Any]) -> Worker:
    """A worker for all that the project's apps register, not yet running.

    Args:
        arguments: of the SDK, by name; `address` and those of `run_worker`. The rest is as the environment says.

    Raises:
        SettingError: a variable has a value that is not allowed.
        NothingRegistered: there is nothing to serve.
    """
    told = dict(arguments)
    address = told.pop("address", None)
    AsyncClient(address)  # refuses variables before a long import
    discover()
    client = AsyncClient(address, registry=Guarded(registry))
    logs.configure(level=client.settings.log_level, format_=client.settings.log_format)
    return client.worker(**told)


def serve(worker: Worker) -> None:
    """Until `stop` or, in the main thread, SIGTERM or SIGINT: then what runs may finish within the grace."""
    try:
        run_to_end(worker.run())
    finally:
        close_pools()
