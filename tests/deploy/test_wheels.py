"""The wheels: all that belongs to them is in, and a project in an environment that has nothing else runs a workflow."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.deploy.composed import BECOME
from tests.e2e.harness.processes import ROOT, Process, clean_environment
from tests.servers.process import free_port

PACKAGES = ("schedproject", "workflows", "timers", "dispatch")
SDK = "sdk/src/"
SETTINGS = """
INSTALLED_APPS += ["workflows", "timers", "dispatch", "orders"]
from schedproject.databases import sqlite
from schedproject.in_project import sched_settings
DATABASES = {"default": sqlite(str(BASE_DIR / "db.sqlite3"))}
SCHED = sched_settings(DATABASES)
"""
WORKFLOWS = """
from workflows.worker import activity, workflow


@activity()
def greet(ctx, name):
    return f"Hello, {name}"


@workflow("Greeting")
def greeting(ctx, name):
    return ctx.execute_activity(greet, name)
"""
START = (
    "from workflows.client import start_workflow; start_workflow('Greeting', 'Ada', workflow_id='greeting-1')"
)
RESULT = (
    "import sys; from sched_sdk import Client; print(Client(sys.argv[1]).handle('greeting-1').result(60))"
)

pytestmark = pytest.mark.e2e


def run(*words: str, cwd: Path, **variables: str) -> str:
    """Of a command that succeeds."""
    done = subprocess.run(
        words, cwd=cwd, env=clean_environment(variables), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """As `make dist` builds them."""
    folder = tmp_path_factory.mktemp("dist")
    options = ("--quiet", "--no-build-isolation", "--no-deps", "--wheel-dir", str(folder))
    run(sys.executable, "-m", "pip", "wheel", *options, "./sdk", ".", cwd=ROOT)
    return sorted(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def python(wheels: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of an environment with the wheels, what they ask for, and nothing else."""
    folder = tmp_path_factory.mktemp("fresh")
    run(sys.executable, "-m", "venv", str(folder), cwd=folder)
    found = folder / "bin" / "python"
    options = ("--quiet", "--disable-pip-version-check", "--no-compile", "-c", str(ROOT / "constraints.txt"))
    run(str(found), "-m", "pip", "install", *options, *map(str, wheels), cwd=folder)
    return found


def test_everything_that_is_ours_is_in_the_wheels(wheels: list[Path]) -> None:
    """Templates, migrations, the dashboard's bundle and the markers of types: each file that is kept is in one."""
    kept = run("git", "ls-files", *PACKAGES, SDK, cwd=ROOT).split()
    packed = {name for wheel in wheels for name in zipfile.ZipFile(wheel).namelist()}
    parts = {
        part
        for part in ("static/", "templates/", "migrations/", "py.typed")
        for name in packed
        if part in name
    }
    assert parts == {"static/", "templates/", "migrations/", "py.typed"}
    assert {name.removeprefix(SDK) for name in kept} <= packed


def test_both_have_one_version(wheels: list[Path]) -> None:
    """Platform and SDK are released together."""
    assert [wheel.name.split("-")[0] for wheel in wheels] == ["sched_sdk", "sched_server"]
    assert len({wheel.name.split("-")[1] for wheel in wheels}) == 1


def test_a_new_project_runs_a_workflow(python: Path, tmp_path: Path) -> None:
    """`startproject`, three apps, migrate on SQLite, an engine, a worker and a start."""
    manage = (str(python), "manage.py")
    run(str(python), "-m", "django", "startproject", "shop", ".", cwd=tmp_path)
    run(*manage, "startapp", "orders", cwd=tmp_path)
    with (tmp_path / "shop" / "settings.py").open("a") as settings:
        settings.write(SETTINGS)
    (tmp_path / "orders" / "sched_workflows.py").write_text(WORKFLOWS)
    run(*manage, "migrate", cwd=tmp_path)
    port = str(free_port())
    said = {
        "SCHED_AUTH": "open",
        "ENGINE_PORT": port,
        "ENGINE_ADDRESS": f"localhost:{port}",
        "SCHED_METRICS_PORT": str(free_port()),
    }
    started: list[Process] = []
    try:
        for command in (["runengine"], ["runtaskworker", "--no-reload"]):
            words = ["-c", BECOME, *manage, *command]
            started.append(Process(command[0], words, said, tmp_path, cwd=tmp_path))
        started[0].wait_for_line("sched engine: gRPC on port")
        run(*manage, "shell", "-c", START, cwd=tmp_path, **said)
        answer = run(str(python), "-c", RESULT, f"localhost:{port}", cwd=tmp_path)
        assert answer == "Hello, Ada\n", started[1].tail
    finally:
        for process in started:
            process.stop()
