"""The demo worker as a child: started again when it dies, dead when this process is.

Guarantees: at most one child at a time; SIGKILL of this process ends it too (see leash.py). It is in a process group of
its own, so that Ctrl-C in the terminal reaches the server alone, which then stops both in order.
"""

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from workflows.management.processes.restarts import FIRST_DELAY_SECONDS, WELL_SECONDS, next_delay

_LOGGER = logging.getLogger(__name__)

LEASH = Path(__file__).with_name("leash.py")
COMMAND = ("-m", "sched_sdk.demo")


class DemoWorker:
    """Keeps one child running from `start` to `stop`.

    Args:
        address: the engine's gRPC address.
        variables: the child's, beside those of this process.
    """

    def __init__(self, address: str, variables: Mapping[str, str] | None = None) -> None:
        self.variables = {**os.environ, "ENGINE_ADDRESS": address, **(variables or {})}
        self._stopping = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        # The child's life hangs on the thread that started it, so that thread lives as long as this object is used.
        self._thread = threading.Thread(target=self._keep, name="sched-demo-worker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """SIGTERM, and SIGKILL when that has not ended it within `seconds`."""
        self._stopping.set()
        with self._lock:
            child = self._child
        if child is not None:
            child.terminate()
            try:
                child.wait(seconds)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self._thread.join()

    def _keep(self) -> None:
        delay = FIRST_DELAY_SECONDS
        while True:
            lived = self._run_once()
            if self._stopping.is_set():
                return
            delay = next_delay(delay, was_well=lived)
            _LOGGER.warning("the demo worker ended; it is started again in %g s", delay)
            if self._stopping.wait(delay):
                return

    def _run_once(self) -> bool:
        """One child, from start to end; whether it was well."""
        with self._lock:
            if self._stopping.is_set():
                return True
            child = self._child = self._spawn()
        try:
            child.wait(WELL_SECONDS)
        except subprocess.TimeoutExpired:
            child.wait()
            return True
        return False

    def _spawn(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - our own interpreter and script
            [sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), sys.executable, *COMMAND],
            stdin=subprocess.DEVNULL,
            env=self.variables,
            process_group=0,
        )
