"""`python -m tests.e2e.killing.host JOURNAL`: forks engines, workers and Django code that die at named points.

Everything is loaded once, so that a start costs a fork and not seconds; what runs then is what runs in production:
`manage.py runengine`, a worker, calls of `workflows.client`. This is the only place that arms points.

Each line of JSON that comes in is an order: a succession of *lives* of one role. The next begins when the one before
has ended, however it has. Who supervises them, and they themselves, write to the order's journal:

```
supervisor 17              who may be asked (SIGTERM) to end it all
began 18
reached DECIDED            by the life itself, straight to the file, with its last breath
ended 18 -9
over
```

All of it ends with the process that holds the other end of the pipe.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

PR_SET_PDEATHSIG = 1
LOADED = (
    "workflows.management.commands.runengine",
    "workflows.management.commands.fsck",
    "workflows.client",
    "sched_sdk.worker",
    "manage",
)
ENGINE = "engine"
WORKER = "worker"
CALLER = "caller"
FSCK = "fsck"


def main() -> None:
    load()
    Journal(sys.argv[1])("loaded")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the supervisors
    for line in sys.stdin:
        host = os.getpid()
        if os.fork() == 0:
            in_a_child(host, partial(supervise, json.loads(line)))


def load() -> None:
    """All modules that any role needs; no connection, no thread."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "schedproject.settings.engine"
    os.environ["GRPC_VERBOSITY"] = "NONE"
    import django

    django.setup()
    for name in LOADED:
        importlib.import_module(name)
    from tests.e2e.workflows.__main__ import register_all

    register_all()


def in_a_child(parent: int, run: Callable[[], None]) -> NoReturn:
    """Runs it in the process that was just forked, which does not outlive its parent."""
    status = 1
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        if os.getppid() == parent:
            run()
            status = 0
    except SystemExit as asked:
        print(asked.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def supervise(order: dict[str, Any]) -> None:
    note = Journal(order["journal"])
    living: list[int] = []
    asked_to_end = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        asked_to_end.set()
        for pid in living:
            os.kill(pid, signal.SIGKILL)

    signal.signal(signal.SIGTERM, end)
    note(f"supervisor {os.getpid()}")
    for death in order["lives"]:
        supervisor = os.getpid()
        pid = os.fork()
        if pid == 0:
            in_a_child(supervisor, partial(live, order, death, note))
        living[:] = [pid]
        if asked_to_end.is_set():
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        living.clear()
        note(f"ended {pid} {os.waitstatus_to_exitcode(status)}")
        if asked_to_end.is_set():
            break
    note("over")


def live(order: dict[str, Any], death: list[Any] | None, note: Journal) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    redirect_output(order["log"])
    os.environ.update(order["variables"])
    if death is not None:
        arm(note, *death)
    note(f"began {os.getpid()}")
    ROLES[order["role"]](order)


class Journal:
    """Appends lines; each is in the file before the call returns."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __call__(self, line: str) -> None:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        os.write(descriptor, f"{line}\n".encode())
        os.close(descriptor)


def arm(note: Journal, point: str, nth: int, mark: str) -> None:
    """The process is to die when it reaches the point for the nth time, counted from when the file `mark` is there."""
    import sched_sdk.worker.points

    import workflows.points

    lock = threading.Lock()
    left = nth

    def act(reached: workflows.points.Point | sched_sdk.worker.points.Point) -> None:
        nonlocal left
        if reached.name != point or (mark and not Path(mark).exists()):
            return
        with lock:
            left -= 1
            if left == 0:
                note(f"reached {point}")
                os.kill(os.getpid(), signal.SIGKILL)

    workflows.points.arm(act)
    sched_sdk.worker.points.arm(act)


def redirect_output(log: str) -> None:
    with Path(log).open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)


def run_engine(_order: dict[str, Any]) -> None:
    import manage

    sys.argv = ["manage.py", "runengine"]
    manage.main()


def run_worker(_order: dict[str, Any]) -> None:
    from sched_sdk.client import Client

    from tests.e2e.workflows.registry import registry

    with Client(registry=registry) as client:
        client.run_worker()


def call(order: dict[str, Any]) -> None:
    """Django code that starts or steers workflows: a function of `workflows.client`, or one named with its module."""
    name, arguments, options = order["call"]
    module, _, function = name.rpartition(".")
    getattr(importlib.import_module(module or "workflows.client"), function)(*arguments, **options)


def check(_order: dict[str, Any]) -> None:
    """`manage.py fsck`; its exit status is 0 if it finds nothing."""
    from django.core.management import call_command

    call_command("fsck")


ROLES: dict[str, Callable[[dict[str, Any]], None]] = {
    ENGINE: run_engine,
    WORKER: run_worker,
    CALLER: call,
    FSCK: check,
}


if __name__ == "__main__":
    main()
