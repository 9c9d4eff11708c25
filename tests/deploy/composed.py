"""The composition without a Docker engine: each service's command with its environment, as processes of this machine.

What differs is where things are: names of services are 127.0.0.1 and a free port, volumes are folders.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.deploy import composition
from tests.e2e.harness.processes import ROOT, Process, clean_environment
from tests.servers.process import free_port

BECOME = "import os, sys; os.execvp(sys.argv[1], sys.argv[1:])"
VOLUMES = "/var/lib/sched"
PORTS = ("50051", "9090", "8080", "9100")
"""Those that the image exposes."""
ONE_SHOT_SECONDS = 120


class Replica:
    """One container of a service.

    Args:
        hosts: by `name:port` of the composition, where that is here.
    """

    def __init__(self, name: str, service: Mapping[str, Any], hosts: Mapping[str, str], folder: Path) -> None:
        self.name, self.service, self.folder = name, service, folder
        self._hosts = hosts
        self._ports = {port: str(free_port()) for port in PORTS}
        self._process: Process | None = None

    def port(self, number: str) -> str:
        return self._ports[number]

    @property
    def command(self) -> list[str]:
        return ["sched-entrypoint", *(self._here(word) for word in self.service["command"])]

    @property
    def variables(self) -> dict[str, str]:
        said = {name: self._here(value) for name, value in self.service.get("environment", {}).items()}
        tools = (str(composition.FOLDER / "bin"), str(Path(sys.executable).parent))
        return said | {"PATH": os.pathsep.join((*tools, os.environ["PATH"]))}

    @property
    def was_started(self) -> bool:
        return self._process is not None

    @property
    def process(self) -> Process:
        assert self._process is not None, f"{self.name} was not started"
        return self._process

    def start(self) -> None:
        self._process = Process(
            self.name, ["-c", BECOME, *self.command], self.variables, self.folder, cwd=ROOT
        )

    def run(self, command: Sequence[str] | None = None) -> str:
        """To its end, which must be a good one; its output. `command` stands in for the service's, as with `run`."""
        words = ["sched-entrypoint", *command] if command else self.command
        done = self._done(words)
        assert done.returncode == 0, f"{self.name}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def is_healthy(self) -> bool:
        """By its own health check."""
        kind, *words = self.service["healthcheck"]["test"]
        assert kind == "CMD"
        return self._done([self._here(word) for word in words]).returncode == 0

    def _done(self, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", BECOME, *words],
            cwd=ROOT,
            env=clean_environment(self.variables),
            capture_output=True,
            text=True,
            timeout=ONE_SHOT_SECONDS,
            check=False,
        )

    def _here(self, text: str) -> str:
        for there, here in self._hosts.items():
            text = text.replace(there, here)
        if text in PORTS:
            return self._ports[text]
        for port in PORTS:
            for host in ("localhost", "0.0.0.0"):
                text = text.replace(f"{host}:{port}", f"{host}:{self._ports[port]}")
        return text.replace(VOLUMES, str(self.folder))
