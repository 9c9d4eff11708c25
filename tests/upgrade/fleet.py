"""A database, two places for engines, and workers: each of the code that a test says."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from sched_sdk.client import Client

from tests.e2e.harness.processes import ROOT, Process, clean_environment
from tests.e2e.harness.stack import get_json
from tests.e2e.harness.waiting import wait_for
from tests.servers.process import free_port
from tests.store.wire import Wire

WORKER = Path(__file__).with_name("worker.py")
PLACES = 2


class Place:
    """Where an engine is, of whichever code; its ports stay the same."""

    def __init__(self) -> None:
        self.port = free_port()
        self.metrics_port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.client = Client(self.address)

    def well(self) -> bool:
        try:
            return bool(get_json(f"http://127.0.0.1:{self.metrics_port}/healthz")["ok"])
        except OSError:
            return False


class Fleet:
    """All processes share the database and Redis of `variables`.

    Workers know one address, as that of a load balancer: what connects there is led to the first place, and to another
    one after `lead_to`. Connections that stand stay where they are.
    """

    def __init__(self, variables: Mapping[str, str], folder: Path) -> None:
        self._variables = dict(variables)
        self.folder = folder
        self.places = [Place() for _ in range(PLACES)]
        self._processes: list[Process] = []
        self._balancer = Wire("127.0.0.1", self.places[0].port)
        self.lead_to = self._balancer.lead_to

    def migrate(self, code: Path) -> None:
        self._manage(code, "migrate", "--verbosity=0")

    def fsck(self, code: Path = ROOT) -> str:
        """What it says at the end; it must find nothing."""
        return self._manage(code, "fsck")

    def refusal(self, code: Path) -> str:
        """What an engine says that cannot start."""
        done = self._done(code, "runengine")
        assert done.returncode == 1, done.stderr
        return done.stderr.strip()

    def start_engine(self, code: Path, place: Place) -> Process:
        ports = {"ENGINE_PORT": str(place.port), "SCHED_METRICS_PORT": str(place.metrics_port)}
        engine = self._run(f"engine-{len(self._processes)}", code, ["manage.py", "runengine"], ports)
        wait_for(lambda: place.well() or engine.returncode is not None, f"engine of {code.name}")
        assert engine.returncode is None, engine.tail
        return engine

    def start_worker(self, code: Path) -> Process:
        variables = {
            "ENGINE_ADDRESS": f"127.0.0.1:{self._balancer.port}",
            "SCHED_WORKER_STREAMING": "true",
            "SCHED_SHUTDOWN_GRACE_SECONDS": "1",  # what a test holds does not finish
        }
        return self._run(f"worker-{len(self._processes)}", code, [str(WORKER)], variables)

    def stop(self) -> None:
        for place in self.places:
            place.client.close()
        for process in reversed(self._processes):
            process.stop()
        self._balancer.down()

    def logs(self) -> str:
        return "\n".join(f"--- {process.name}\n{process.tail}" for process in self._processes)

    def _manage(self, code: Path, *arguments: str) -> str:
        done = self._done(code, *arguments)
        assert done.returncode == 0, f"{arguments} of {code.name}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def _done(self, code: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        ports = {
            "ENGINE_PORT": str(self.places[1].port),
            "SCHED_METRICS_PORT": str(self.places[1].metrics_port),
        }
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=code,
            env=clean_environment(self._variables | path_of(code) | ports),
            capture_output=True,
            text=True,
            check=False,
        )

    def _run(self, name: str, code: Path, command: list[str], variables: Mapping[str, str]) -> Process:
        process = Process(
            f"{name}-of-{code.name}",
            command,
            self._variables | path_of(code) | dict(variables),
            self.folder,
            cwd=code,
        )
        self._processes.append(process)
        return process


def path_of(code: Path) -> dict[str, str]:
    """What makes a process import this code, and not the checkout's that is installed."""
    return {"PYTHONPATH": f"{code}:{code / 'sdk' / 'src'}"}
