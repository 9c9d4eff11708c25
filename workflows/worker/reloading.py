"""A worker that is started again when the project's code changes, by what Django's autoreload knows of files.

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

from django.apps import apps
from django.utils import autoreload
from sched_sdk.worker import Worker

RELOAD = 3
"""The exit status by which the child asks for another; Django's number."""
BROKEN = 1
LOOK_SECONDS = 1.0
INSTALLED = {"site-packages", "dist-packages"}


def is_child() -> bool:
    """Whether this process is the one that serves."""
    return os.environ.get(autoreload.DJANGO_AUTORELOAD_ENV) == "true"


class Files:
    """Those of which a change means a new start: what Django's own reloader looks at, and all of the project's apps,
    imported or not. A change counts from the moment at which this is made."""

    def __init__(self) -> None:
        paths = (Path(config.path) for config in apps.get_app_configs())
        # A library changes with an installation.
        self._folders = [path for path in paths if INSTALLED.isdisjoint(path.parts)]
        self._reloader = autoreload.StatReloader()
        for folder in self._folders:
            self._reloader.watch_dir(folder, "**/*.py")
        autoreload.autoreload_started.send(sender=self._reloader)  # whoever has more files names them now
        self._seen = dict(self._reloader.snapshot_files())

    def have_changed(self) -> bool:
        """Since the last look. What was imported meanwhile is new to us only."""
        found = dict(self._reloader.snapshot_files())
        changed = any(self._is_change(path, time) for path, time in found.items())
        self._seen |= found
        return changed

    def _is_change(self, path: Path, time: float) -> bool:
        if path in self._seen:
            return self._seen[path] != time
        return any(path.is_relative_to(folder) for folder in self._folders)


class Watched:
    """The child's side: stops its worker, once, when a file has changed."""

    def __init__(self) -> None:
        self._worker: Worker | None = None
        self._lock = threading.Lock()
        self.has_changed = False
        files = Files()
        threading.Thread(target=self._watch, args=(files,), name="sched-reload", daemon=True).start()

    def stop_at_change(self, worker: Worker) -> None:
        """From now on; at once where a file has changed already."""
        with self._lock:
            self._worker = worker
            if self.has_changed:
                worker.stop()

    def _watch(self, files: Files) -> None:
        never = threading.Event()
        while not files.have_changed():
            never.wait(LOOK_SECONDS)
        with self._lock:
            self.has_changed = True
            if self._worker is not None:
                self._worker.stop()


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
            files = Files()
            status = self._run_child()
            if self._is_asked or status not in (RELOAD, BROKEN):
                return status if status >= 0 else 128 - status
            if status == BROKEN:
                self._say("sched: the worker cannot start; it is tried again when a file changes.")
                if not self._wait_for_change(files):
                    return BROKEN

    def _run_child(self) -> int:
        variables = {**os.environ, autoreload.DJANGO_AUTORELOAD_ENV: "true"}
        self._child = subprocess.Popen(autoreload.get_child_arguments(), env=variables)  # noqa: S603 - ourselves
        if self._is_asked:
            self._child.terminate()
        return self._child.wait()

    def _wait_for_change(self, files: Files) -> bool:
        """False if somebody asks to stop first."""
        never = threading.Event()
        while not self._is_asked:
            if files.have_changed():
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
