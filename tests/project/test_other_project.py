"""The apps in a Django project that has settings of its own, and no variable of ours."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = """
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "workflows", "timers", "dispatch"]
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": {path!r}}}}}
SECRET_KEY = "of the other project"
USE_TZ = True
{more}
"""


class Project:
    """Its folder, with settings and a database."""

    def __init__(self, folder: Path, more: str = "", name: str = "other.sqlite3") -> None:
        self._folder = folder
        self.database = folder / name
        (folder / "other_settings.py").write_text(SETTINGS.format(path=str(self.database), more=more))

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("SCHED_", "DJANGO_"))
        }
        kept["DJANGO_SETTINGS_MODULE"] = "other_settings"
        kept["PYTHONPATH"] = os.pathsep.join((str(self._folder), str(ROOT)))
        return subprocess.run(
            [sys.executable, "-m", "django", *arguments],
            cwd=self._folder,
            env=kept,
            capture_output=True,
            text=True,
            check=False,
        )

    def out(self, *arguments: str) -> str:
        """Of a command that succeeds."""
        done = self.manage(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.mark.parametrize(
    "more", ["", 'class SCHED: redis_url = "redis://127.0.0.1:1/0"'], ids=["none", "redis"]
)
def test_commands_work_on_the_project_s_own_database(tmp_path: Path, more: str) -> None:
    """Tables, keys and the check of the database need no settings of ours, and mind a `SCHED` that names Redis only."""
    project = Project(tmp_path, more)
    assert "Applying sched_workflows.0001_initial" in project.out("migrate")
    assert "No migrations to apply" in project.out("migrate")
    assert project.out("apikey", "create", "worker", "--role", "worker").startswith("sched_")
    assert project.out("apikey", "list").startswith("worker  valid")
    assert project.out("apikey", "revoke", "worker") == "worker is revoked\n"
    assert project.out("fsck") == "0 runs, 0 events: no findings\n"


def test_what_is_not_migrated_is_told(tmp_path: Path) -> None:
    """In one sentence, as in a process of ours."""
    done = Project(tmp_path).manage("apikey", "list")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("sched: the database lacks migrations")


@pytest.mark.parametrize("command", ["runengine", "runweb"])
def test_settings_without_sched_are_told_what_to_add(tmp_path: Path, command: str) -> None:
    """Before anything is looked at."""
    done = Project(tmp_path).manage(command)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "sched: other_settings has no SCHED; add these lines below DATABASES:\n"
        "    from schedproject.in_project import sched_settings\n"
        "    SCHED = sched_settings(DATABASES)\n"
    )


def test_a_database_that_cannot_be_used_is_django_s_error(tmp_path: Path) -> None:
    """It names no variable of ours, which the project does not have."""
    done = Project(tmp_path, name="no/such/folder").manage("migrate")
    assert done.returncode == 1
    assert "django.db.utils.OperationalError: unable to open database file" in done.stderr
    assert "SCHED_DATABASE_PATH" not in done.stderr
