"""A worker that is started again when the project's code changes, by Django's own watch of files.

```
 parent   starts the child ──► waits ──► RELOAD: again ──► 1: waits for a change, again ──► anything else: ends alike
 child    serves on its main thread; a thread watches; a change stops the worker, which drains, and it ends with RELOAD
```

Django's own reloader runs what it watches on a thread that dies where it stands. A worker must end in order, or its
activities are given to nobody until their leases have lapsed.

Guarantees: what a terminal's Ctrl-C or SIGTERM to the parent asks for is what a worker alone would do.
"""

import os
import signal
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.apps import apps
from django.utils import autoreload
from sched_sdk.worker import Worker

RELOAD = 3
"""The exit status by which the child asks for another; Django's number."""
BROKEN = 1
LOOK_SECONDS = 0.5
INSTALLED = {"site-packages", "dist-packages"}


def is_child() -> bool:
    """Whether this process is the one that serves."""
    return os.environ.get(autoreload.DJANGO_AUTORELOAD_ENV) == "true"


class Watched:
    """The child's side: stops its worker, once, when a file has changed."""

    def __init__(self) -> None:
        self._worker: Worker | None = None
        self._lock = threading.Lock()
        self.has_changed = False
        autoreload.file_changed.connect(self._on_change)
        reloader = autoreload.get_reloader()
        _watch_apps(reloader)
        watching = (threading.main_thread(),)
        threading.Thread(target=reloader.run, args=watching, name="sched-reload", daemon=True).start()

    def stop_at_change(self, worker: Worker) -> None:
        """From now on; at once where a file has changed already."""
        with self._lock:
            self._worker = worker
            if self.has_changed:
                worker.stop()

    def _on_change(self, **_: Any) -> bool:
        with self._lock:
            if not self.has_changed and self._worker is not None:
                self._worker.stop()  # a second call would end it at once
            self.has_changed = True
        return True  # handled: Django would end this thread


class Parent:
    """Keeps a child running. Lives on the main thread."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._child: subprocess.Popen[bytes] | None = None
        self._is_asked = False

    def run(self) -> int:
        """Until the child ends and wants no other; its exit status."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        while True:
            before = _files()
            status = self._run_child()
            if self._is_asked or status not in (RELOAD, BROKEN):
                return status if status >= 0 else 128 - status
            if status == BROKEN:
                self._say("sched: the worker cannot start; it is tried again when a file changes.")
                if not self._wait_for_change(before):
                    return BROKEN

    def _run_child(self) -> int:
        variables = {**os.environ, autoreload.DJANGO_AUTORELOAD_ENV: "true"}
        self._child = subprocess.Popen(autoreload.get_child_arguments(), env=variables)  # noqa: S603 - ourselves
        if self._is_asked:
            self._child.terminate()
        return self._child.wait()

    def _wait_for_change(self, before: dict[Path, float]) -> bool:
        """False if somebody asks to stop first."""
        never = threading.Event()
        while not self._is_asked:
            if _files() != before:
                return True
            never.wait(LOOK_SECONDS)
        return False

    def _on_signal(self, number: int, _frame: object) -> None:
        self._is_asked = True
        # Ctrl-C reaches the child from the terminal; once more, and it would end at once.
        if number == signal.SIGTERM and self._child is not None and self._child.poll() is None:
            self._child.send_signal(number)


def serve_watched(new_worker: Callable[[], Worker], serve: Callable[[Worker], None]) -> int:
    """The child, from start to end; its exit status."""
    watched = Watched()
    worker = new_worker()
    watched.stop_at_change(worker)
    serve(worker)
    return RELOAD if watched.has_changed else 0


def _watch_apps(reloader: autoreload.BaseReloader) -> None:
    """The project's own apps, with modules that nobody has imported yet; a library changes with an installation."""
    for config in apps.get_app_configs():
        if INSTALLED.isdisjoint(Path(config.path).parts):
            reloader.watch_dir(config.path, "**/*.py")


def _files() -> dict[Path, float]:
    """When each was changed last."""
    reloader = autoreload.StatReloader()
    _watch_apps(reloader)
    return dict(reloader.snapshot_files())
