"""Whether, and with which ports, several engine processes may be started."""

import sys
from typing import Any

from django.conf import settings

from workflows.management.processes.process_count import process_count
from workflows.management.processes.refusal import CannotStart

PORT_MAX = 65535
OPTION, VARIABLE = "--processes", "SCHED_ENGINE_PROCESSES"


def processes_asked_for(option: str | None) -> int:
    """How many engine processes the command line asks for, else the environment.

    Raises:
        CannotStart: that is no number of processes, or these settings allow one only.
    """
    if option is None:
        name, count = VARIABLE, int(settings.SCHED.engine_processes)
    else:
        name, count = OPTION, _count(option)
    if count > 1:
        _check(settings.SCHED, count, f"{name} is {count}")
    return count


def metrics_ports(count: int) -> range:
    """Of engine processes, in the order of their places."""
    first = settings.SCHED.metrics_port
    return range(first, first + count)


def _count(option: str) -> int:
    try:
        return process_count(option)
    except ValueError as refusal:
        raise CannotStart(f"{OPTION} is {option!r}; allowed is {refusal}.") from None


def _check(environment: Any, count: int, asked: str) -> None:
    """Refuses what one engine alone can be served with. Combinations are those of docs/configuration.md."""
    if not environment.postgres_dsn:
        raise CannotStart(
            f"{asked} and SCHED_POSTGRES_DSN is not set: the embedded SQLite database serves one process; "
            "set SCHED_POSTGRES_DSN and SCHED_REDIS_URL, or ask for 1 process."
        )
    if not environment.redis_url:
        raise CannotStart(
            f"{asked} and SCHED_REDIS_URL is not set: dispatch inside the process serves one engine; "
            "set SCHED_REDIS_URL, or ask for 1 process."
        )
    if sys.platform != "linux":
        raise CannotStart(f"{asked}: only Linux deals the connections of one port out to several processes.")
    _check_metrics_ports(metrics_ports(count), environment.engine_port, asked)


def _check_metrics_ports(ports: range, engine_port: int, asked: str) -> None:
    if ports[-1] > PORT_MAX:
        raise CannotStart(
            f"{asked} and SCHED_METRICS_PORT is {ports[0]}: each process has the next port, and the last would be "
            f"{ports[-1]}; allowed is up to {PORT_MAX}."
        )
    if engine_port in ports:
        raise CannotStart(
            f"{asked} and SCHED_METRICS_PORT is {ports[0]}: the metrics ports are {ports[0]} to {ports[-1]}, "
            f"and ENGINE_PORT is {engine_port}; they must differ."
        )
