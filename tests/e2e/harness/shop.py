"""`examples/shop` as somebody who copied it has it: a folder of its own, sched installed, real processes."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Mapping
from http.cookiejar import CookieJar
from pathlib import Path

from tests.e2e.harness.processes import ROOT, Process, clean_environment
from tests.e2e.harness.waiting import wait_for
from tests.servers.process import free_port

EXAMPLE = ROOT / "examples" / "shop"
TROUBLE = Path(__file__).with_name("trouble")
USER, PASSWORD = "ada", "correct horse battery"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


class Shop:
    """The project and its processes.

    Args:
        folder: where the copy is made.
        site: where sched is installed.
        variables: of all processes: the database, Redis, access.
    """

    def __init__(self, folder: Path, site: Path, variables: Mapping[str, str]) -> None:
        self.folder = folder / "shop"
        shutil.copytree(EXAMPLE, self.folder, ignore=shutil.ignore_patterns("__pycache__", "*.sqlite3*"))
        shutil.copytree(TROUBLE, self.folder / "trouble", ignore=shutil.ignore_patterns("__pycache__"))
        self.address = f"127.0.0.1:{free_port()}"
        own = {
            "PYTHONPATH": str(site),
            "ENGINE_ADDRESS": self.address,
            "ENGINE_PORT": self.address.rpartition(":")[2],
            "SCHED_METRICS_PORT": str(free_port()),
        }
        self.variables = own | dict(variables)
        self._processes: list[Process] = []

    def manage(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=self.folder,
            env=clean_environment(self.variables | variables),
            capture_output=True,
            text=True,
            check=False,
        )

    def out(self, *arguments: str, **variables: str) -> str:
        """What a command says that succeeds."""
        done = self.manage(*arguments, **variables)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def ask(self, expression: str) -> str:
        """The value of an expression in the project's shell, as `print` shows it."""
        return self.out("shell", "--no-imports", "-c", f"from orders.models import *; print({expression})")

    def run(self, name: str, *arguments: str, **variables: str) -> Process:
        """A command that serves until it is stopped."""
        command = ["manage.py", *arguments]
        process = Process(name, command, self.variables | variables, self.folder, cwd=self.folder)
        self._processes.append(process)
        return process

    def start_engine(self) -> None:
        self.run("engine", "runengine").wait_for_line("sched engine: gRPC on port")

    def start_worker(self, name: str, *arguments: str, **variables: str) -> Process:
        worker = self.run(name, "runtaskworker", *arguments, **variables)
        worker.wait_for_line("worker for task queue")
        return worker

    def stop(self) -> None:
        for process in reversed(self._processes):
            process.stop()

    def logs(self) -> str:
        return "\n".join(f"--- {process.name}\n{process.tail}" for process in self._processes)


class Browser:
    """As much of one as the admin needs: cookies, links and forms."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def get(self, path: str) -> str:
        with self._opener.open(self._root + path, timeout=30) as answer:
            return str(answer.read().decode())

    def post(self, path: str, **fields: str) -> str:
        """Sends a form of the page at `path`."""
        token = TOKEN.search(self.get(path))
        assert token is not None, path
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1], **fields}).encode()
        with self._opener.open(self._root + path, body, timeout=30) as answer:
            return str(answer.read().decode())


def admin_of(shop: Shop) -> Browser:
    """The shop's own admin, served by Django's `runserver`; its first user is logged in."""
    shop.out(
        "createsuperuser", "--noinput", f"--username={USER}", "--email=", DJANGO_SUPERUSER_PASSWORD=PASSWORD
    )
    port = free_port()
    web = shop.run("web", "runserver", "--noreload", f"127.0.0.1:{port}")
    browser = Browser(f"http://127.0.0.1:{port}")

    def answers() -> bool:
        assert web.returncode is None, web.tail
        try:
            return bool(browser.get("/admin/login/"))
        except OSError:
            return False

    wait_for(answers, "the shop's web process")
    browser.post("/admin/login/?next=/admin/", username=USER, password=PASSWORD)
    return browser
