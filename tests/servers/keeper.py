"""Runs one server for as long as its standard input is open, then stops it and removes its folder.

The process that wants the server holds the other end of the pipe, so the server ends with it however it ends: a normal
exit, Ctrl-C, SIGKILL. If the keeper itself is killed, Linux ends the server (PR_SET_PDEATHSIG). The keeper imports
nothing of the project and runs as a script: `python -I keeper.py '{"command": […], …}'`.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
STOP_SECONDS = 10


def follow_parent(stop_signal: int) -> Callable[[], None]:
    """What the child does before it becomes the server: ask for `stop_signal` at the death of its parent."""
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None

    def run() -> None:
        if prctl is not None:
            prctl(PR_SET_PDEATHSIG, stop_signal)

    return run


def start(task: dict[str, Any]) -> subprocess.Popen[bytes]:
    identity = {"user": task["user"], "group": task["group"], "extra_groups": []} if task["user"] else {}
    with Path(task["log"]).open("ab") as log:
        return subprocess.Popen(
            task["command"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=task["folder"],
            preexec_fn=follow_parent(task["stop_signal"]),  # noqa: PLW1509 - no thread runs yet
            **identity,
        )


def stop(server: subprocess.Popen[bytes], stop_signal: int) -> None:
    server.send_signal(stop_signal)
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def leave_with(server: subprocess.Popen[bytes], stopping: threading.Event) -> None:
    """Ends the keeper when the server ends by itself, so that whoever waits for it can tell."""
    server.wait()
    if not stopping.is_set():
        os._exit(1)


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    task = json.loads(sys.argv[1])
    server = start(task)
    stopping = threading.Event()
    threading.Thread(target=leave_with, args=(server, stopping), daemon=True).start()
    sys.stdin.buffer.read()
    stopping.set()
    stop(server, task["stop_signal"])
    shutil.rmtree(task["folder"], ignore_errors=True)


if __name__ == "__main__":
    main()
