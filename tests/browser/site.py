"""What a browser is led to: sched as `make up` starts it, or as it runs on Postgres and Redis."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from tests.browser.bundle import served_page
from tests.e2e.harness.processes import Process
from tests.e2e.harness.stack import Stack
from tests.e2e.harness.waiting import wait_for
from tests.servers.process import free_port
from workflows.management.demo.rest import Rest

PASSWORD: Final = "four plain words together"
USERS = f"""
from django.contrib.auth.models import Group, User
for role in ("viewer", "operator"):
    user = User.objects.create_user(role, password={PASSWORD!r}, is_staff=True)
    user.groups.add(Group.objects.get(name=f"sched {{role}}"))
"""
"""Code for a Django process: a user of each role, staff both, so that the admin lets them in too."""


class Site:
    """What `make up` starts, with a database of its own."""

    def __init__(self, folder: Path, **variables: str) -> None:
        web = free_port()
        self.folder = folder
        self.root = f"http://127.0.0.1:{web}"
        self.rest = Rest(self.root)
        self.variables = {
            "SCHED_DATABASE_PATH": str(folder / "sched.sqlite3"),
            "DASHBOARD_PORT": str(web),
            "ENGINE_PORT": str(free_port()),
            "SCHED_METRICS_PORT": str(free_port()),
            **variables,
        }
        self.page = served_page("embedded", folder)
        self.workers: list[Process] = []
        self.process = self._started()

    def _started(self) -> Process:
        return Process("up", ["manage.py", "up"], self.variables | self.page, self.folder)

    def leave(self) -> None:
        """All of it is gone at once, as at a power cut; its workers of the tests stay."""
        self.process.kill()

    def come_back(self) -> None:
        """At the same address, with the same data."""
        self.process = self._started()
        self.wait()

    def start_worker(self) -> None:
        """One with the tests' workflows, beside the demo's."""
        variables = {"ENGINE_ADDRESS": f"127.0.0.1:{self.variables['ENGINE_PORT']}"}
        if self.variables.get("SCHED_AUTH") == "required":
            variables["SCHED_API_KEY"] = self._make_key("tests-worker", "work")
        self.workers.append(Process("worker", ["-m", "tests.e2e.workflows"], variables, self.folder))

    def _make_key(self, name: str, action: str) -> str:
        command = ["manage.py", "apikey", "create", name, "--action", action]
        making = Process("apikey", command, self.variables, self.folder)
        assert making.ended(60) == 0, making.tail
        return next(line for line in making.log.splitlines() if line.startswith("sched_"))

    def wait(self) -> None:
        wait_for(lambda: self.rest.healthy() or self.process.returncode is not None, "health", seconds=90)
        assert self.process.returncode is None, self.process.tail

    def shell(self, code: str) -> None:
        """Runs code of Django's in a process of its own."""
        variables = self.variables | {"DJANGO_SETTINGS_MODULE": "schedproject.settings.web"}
        shell = Process("shell", ["manage.py", "shell", "--no-imports", "-c", code], variables, self.folder)
        assert shell.ended(60) == 0, shell.tail

    def begin(self, name: str, workflow_id: str = "", input_: Any = None) -> str:
        body = {"workflowName": name, "input": input_} | ({"workflowId": workflow_id} if workflow_id else {})
        return str(self.rest._call("/workflows", body)["runId"])

    def status(self, workflow_id: str) -> str:
        return str(self.rest.execution(workflow_id)["status"])

    def stop(self) -> None:
        for process in (*self.workers, self.process):
            process.stop()


class ServedSite(Site):
    """The web process, on what the engines stand on."""

    def __init__(self, stacks: Sequence[Stack], folder: Path, **variables: str) -> None:
        web = free_port()
        self.folder = folder
        self.stacks = stacks
        self.root = f"http://127.0.0.1:{web}"
        self.rest = Rest(self.root)
        self.variables = {
            **stacks[0].backend.variables,
            "DASHBOARD_PORT": str(web),
            "ENGINE_ADDRESS": stacks[0].address,
            **variables,
        }
        self.page = served_page("web", folder)
        self.workers = []
        self.process = self._started()

    def _started(self) -> Process:
        return Process("web", ["manage.py", "runweb"], self.variables | self.page, self.folder)
