"""A server process under a keeper, in a folder of its own, and the wait until it answers."""

from __future__ import annotations

import json
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

KEEPER = Path(__file__).with_name("keeper.py")
READY_SECONDS = 30
POLL_SECONDS = 0.02
LOG_TAIL = 2_000
ROWS_OF_PORTS = (12_000, 32_000)
UNPRIVILEGED_USERS = ("postgres", "nobody")


class ServerFailed(RuntimeError):
    """A private server did not come up; the message carries the end of its log."""


def unprivileged_user() -> pwd.struct_passwd | None:
    """Whom servers that refuse root run as; `None` when we are not root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return next(known[name] for name in UNPRIVILEGED_USERS if name in known)


def make_folder(name: str, owner: pwd.struct_passwd | None) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=f"sched-{name}-"))
    if owner is not None:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    return folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def free_ports(count: int) -> int:
    """The first of so many free ports in a row, from below those that systems give to whoever asks for any."""
    while True:
        first = random.randrange(*ROWS_OF_PORTS)
        try:
            for port in range(first, first + count):
                socket.create_server(("127.0.0.1", port)).close()
        except OSError:  # one of them is taken
            continue
        return first


@contextmanager
def running(
    command: Sequence[str],
    *,
    folder: Path,
    is_ready: Callable[[], bool],
    stop_signal: signal.Signals = signal.SIGTERM,
    owner: pwd.struct_passwd | None = None,
) -> Iterator[None]:
    """Runs `command` in `folder` while the block runs; the folder is removed at the end, in every case."""
    log = folder / "server.log"
    task = {
        "command": list(command),
        "folder": str(folder),
        "log": str(log),
        "stop_signal": int(stop_signal),
        "user": owner.pw_uid if owner else None,
        "group": owner.pw_gid if owner else None,
    }
    keeper = subprocess.Popen(
        [sys.executable, "-I", str(KEEPER), json.dumps(task)], stdin=subprocess.PIPE, start_new_session=True
    )
    try:
        wait_until_ready(keeper, is_ready, log)
        yield
    finally:
        assert keeper.stdin is not None
        keeper.stdin.close()
        keeper.wait()
        shutil.rmtree(folder, ignore_errors=True)


def wait_until_ready(keeper: subprocess.Popen[bytes], is_ready: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not is_ready():
        if keeper.poll() is not None or time.monotonic() > deadline:
            tail = log.read_text(errors="replace")[-LOG_TAIL:] if log.exists() else "(no log)"
            raise ServerFailed(f"the server did not come up: {tail}")
        time.sleep(POLL_SECONDS)
