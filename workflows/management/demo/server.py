"""A server like that of `make up`, on a temporary database and free ports, for as long as the block runs."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from workflows.management.demo.rest import Rest
from workflows.management.processes.refusal import CannotStart

READY_SECONDS = 60.0
LOOK_SECONDS = 0.1
STOP_SECONDS = 15.0
LOG_TAIL = 2_000
REFUSAL = "sched: "
PORTS = ("DASHBOARD_PORT", "ENGINE_PORT", "SCHED_METRICS_PORT")
# The demo shows the embedded default, whatever this shell is set up for.
FOREIGN = (
    "SCHED_POSTGRES_DSN",
    "POSTGRES_DSN",
    "SCHED_POSTGRES_DIRECT_DSN",
    "SCHED_REDIS_URL",
    "REDIS_ADDR",
    "SCHED_BIND",
    "TASK_QUEUE",
    "AUTO_START_TEST",
    "DJANGO_SETTINGS_MODULE",
)


@contextmanager
def temporary_server(manage: str) -> Iterator[Rest]:
    """Starts one, and gives the way to it.

    Args:
        manage: path of manage.py.

    Raises:
        CannotStart: it did not come up; with the end of its log.
    """
    with tempfile.TemporaryDirectory(prefix="sched-demo-") as folder:
        log = Path(folder) / "server.log"
        ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        with log.open("wb") as out:
            process = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, manage, "up", "--die-with-parent", str(os.getpid())],
                env=variables(folder, ports),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                process_group=0,
            )
        try:
            rest = Rest(f"http://127.0.0.1:{ports['DASHBOARD_PORT']}")
            wait_until_healthy(rest, process, log)
            yield rest
        finally:
            stop(process)


def variables(folder: str, ports: Mapping[str, int]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    given = {name: str(port) for name, port in ports.items()}
    return kept | given | {"SCHED_DATABASE_PATH": f"{folder}/sched.sqlite3", "SCHED_AUTH": "open"}


def free_ports(count: int) -> list[int]:
    """Ports that are free now; all are held until the last is found, so that they differ."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def wait_until_healthy(rest: Rest, process: subprocess.Popen[bytes], log: Path) -> None:
    never = threading.Event()
    for _ in range(int(READY_SECONDS / LOOK_SECONDS)):
        if rest.healthy():
            return
        if process.poll() is not None:
            break
        never.wait(LOOK_SECONDS)
    said = log.read_text(errors="replace").strip()
    refusal = said.rpartition("\n")[2]
    if refusal.startswith(REFUSAL):  # of a variable that the demo leaves to it
        raise CannotStart(refusal.removeprefix(REFUSAL))
    raise CannotStart(f"the demo's server did not come up:\n{said[-LOG_TAIL:]}")


def stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
