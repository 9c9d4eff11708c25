"""What keeps a process from starting is told in one sentence; a signal during the start ends it silently."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil
import pytest

from tests.e2e.harness.processes import ROOT, clean_environment
from tests.e2e.harness.waiting import wait_for
from tests.servers.process import free_port

COMMANDS = ("up", "runengine", "migrate")
PASSWORD = "s3cr3t"
LIMIT_SECONDS = 60.0
ATTEMPTS = 5
SERVES = "sched engine: gRPC on port"
FIRST_LINE_READ = 1 << (signal.SIGTERM - 1)


def start(command: str, variables: Mapping[str, str]) -> subprocess.Popen[str]:
    """`manage.py` in a group of its own, on free ports."""
    ports = {name: str(free_port()) for name in ("ENGINE_PORT", "DASHBOARD_PORT", "SCHED_METRICS_PORT")}
    return subprocess.Popen(
        [sys.executable, "manage.py", command],
        cwd=ROOT,
        env=clean_environment(ports | dict(variables)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def refusal(command: str, variables: Mapping[str, str]) -> str:
    """The one line that it says before it ends with status 1."""
    process = start(command, variables)
    said, _ = process.communicate(timeout=LIMIT_SECONDS)
    assert (process.returncode, said.count("\n")) == (1, 1), said
    assert said.startswith("sched: ")
    return said


@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_that_is_no_database(command: str, tmp_path: Path) -> None:
    """Its variable, its path and the reason."""
    text = tmp_path / "notes.txt"
    text.write_text("no database, whatever its name")
    said = refusal(command, {"SCHED_DATABASE_PATH": str(text)})
    assert said == (
        f"sched: the database cannot be used (SCHED_DATABASE_PATH, {text}): file is not a database.\n"
    )


@pytest.mark.parametrize("path", ["sched.sqlite3", "no/such/folder/sched.sqlite3"])
def test_an_engine_makes_no_database(path: str, tmp_path: Path) -> None:
    """Nor its folder, its lock or a key: `migrate` does, and that is said."""
    said = refusal("runengine", {"SCHED_DATABASE_PATH": str(tmp_path / path)})
    assert said == (
        f"sched: the database cannot be used (SCHED_DATABASE_PATH, {tmp_path / path}): "
        "no such file; `python manage.py migrate` makes it.\n"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["up", "migrate"])
def test_a_folder_that_cannot_be_one(command: str, tmp_path: Path) -> None:
    """A file where the database's folder should be."""
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "sched.sqlite3"
    said = refusal(command, {"SCHED_DATABASE_PATH": str(path)})
    assert f"SCHED_DATABASE_PATH is '{path}'; its folder cannot be used" in said


@pytest.mark.parametrize(
    ("command", "variable"),
    [*((command, "SCHED_POSTGRES_DSN") for command in COMMANDS), ("runengine", "POSTGRES_DSN")],
)
def test_a_server_that_is_not_there(command: str, variable: str, tmp_path: Path) -> None:
    """The variable that was set, host and port, and never the password."""
    port = free_port()
    variables = {
        variable: f"postgresql://sched:{PASSWORD}@127.0.0.1:{port}/sched",
        "SCHED_DATABASE_PATH": str(tmp_path / "none"),
    }
    said = refusal(command, variables)
    assert said == f"sched: the database cannot be used ({variable}, 127.0.0.1:{port}): Connection refused.\n"


@pytest.mark.parametrize(
    ("command", "name", "value"),
    [
        ("up", "SCHED_WORKFLOW_SLOTS", "0"),
        ("up", "TASK_QUEUE", "a/b"),
        ("demo", "SCHED_WORKER_STREAMING", "perhaps"),
    ],
)
def test_a_variable_of_the_worker(command: str, name: str, value: str, tmp_path: Path) -> None:
    """Refused before anything starts, in the SDK's words."""
    said = refusal(command, {name: value, "SCHED_DATABASE_PATH": str(tmp_path / "sched.sqlite3")})
    assert said.startswith(f"sched: {name}={value!r} is not allowed: ")


def test_equal_ports(tmp_path: Path) -> None:
    """Named as such; nobody took them."""
    variables = {"SCHED_DATABASE_PATH": str(tmp_path / "sched.sqlite3"), "ENGINE_PORT": "8090"}
    said = refusal("up", variables | {"DASHBOARD_PORT": "8090"})
    assert said == "sched: DASHBOARD_PORT and ENGINE_PORT are both 8090; they must differ.\n"
    said = refusal("runengine", variables | {"SCHED_METRICS_PORT": "8090"})
    assert said == "sched: ENGINE_PORT and SCHED_METRICS_PORT are both 8090; they must differ.\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_web_process_says_where_it_serves_and_ends_when_asked(
    number: signal.Signals, tmp_path: Path
) -> None:
    """One line, with the address; status 0 at the end, and no other line."""
    variables = {"SCHED_DATABASE_PATH": str(tmp_path / "sched.sqlite3"), "SCHED_LOG_LEVEL": "warning"}
    process = start("runweb", variables)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        pattern = r"sched web: (http://localhost:\d+)/ \(dashboard\), \1/admin/, \1/api/docs \(REST\)\n"
        said = re.fullmatch(pattern, line)
        assert said, line
        with urllib.request.urlopen(f"{said[1]}/admin/login/", timeout=10) as answer:
            assert answer.status == 200
        process.send_signal(number)
        rest, _ = process.communicate(timeout=LIMIT_SECONDS)
    finally:
        process.kill()
    assert (process.returncode, rest) == (0, "")


def test_the_web_process_tells_of_a_taken_port(tmp_path: Path) -> None:
    """Who has it, and the variable that names another."""
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        variables = {"SCHED_DATABASE_PATH": str(tmp_path / "sched.sqlite3"), "DASHBOARD_PORT": str(port)}
        said = refusal("runweb", variables)
    assert f"sched: port {port} is taken by process " in said
    assert "DASHBOARD_PORT" in said


def test_the_description_of_the_api_is_made_without_a_warning() -> None:
    """What drf-spectacular would print at each look at /api/schema."""
    done = subprocess.run(
        [sys.executable, "manage.py", "spectacular", "--validate", "--fail-on-warn"],
        cwd=ROOT,
        env=clean_environment({"SCHED_DATABASE_PATH": ":memory:"}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def catches_signals(process: psutil.Process, folder: Path) -> bool:
    """Has read the first lines of manage.py, and imports."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return bool(int(status.partition("SigCgt:")[2].split()[0], 16) & FIRST_LINE_READ)


def reads_settings(process: psutil.Process, folder: Path) -> bool:
    return (folder / "secret.key").exists()


def has_locked(process: psutil.Process, folder: Path) -> bool:
    return any(folder.glob("*.lock"))


def has_migrated(process: psutil.Process, folder: Path) -> bool:
    return (folder / "admin.password").exists()


def has_a_child(process: psutil.Process, folder: Path) -> bool:
    return bool(process.children())


@pytest.mark.parametrize(
    ("command", "moment", "number"),
    [
        ("up", catches_signals, signal.SIGINT),
        ("up", reads_settings, signal.SIGTERM),
        ("up", has_locked, signal.SIGINT),
        ("up", has_migrated, signal.SIGINT),
        ("up", has_migrated, signal.SIGTERM),
        ("up", has_a_child, signal.SIGINT),
        ("demo", has_a_child, signal.SIGINT),
        ("demo", has_a_child, signal.SIGTERM),
        ("runengine", has_locked, signal.SIGINT),
    ],
)
def test_a_signal_during_the_start_ends_it_silently(
    command: str, moment: Callable[[psutil.Process, Path], bool], number: signal.Signals, tmp_path: Path
) -> None:
    """Status 128 + its number, no line, no process, no temporary folder, as Ctrl-C in a terminal sends it."""
    for attempt in range(ATTEMPTS):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        status, said, children = signalled(command, moment, number, folder)
        if SERVES not in said:  # else it had started before the signal was sent, which is no sample
            break
    assert (status, said) == (128 + number, "")
    wait_for(lambda: not any(map(psutil.Process.is_running, children)), "end of its children")
    assert not list(folder.glob("sched-demo-*"))


def signalled(
    command: str, moment: Callable[[psutil.Process, Path], bool], number: signal.Signals, folder: Path
) -> tuple[int, str, list[psutil.Process]]:
    """A start that is signalled at a moment: its status, what it said, and the children that it had."""
    variables = {
        "SCHED_DATABASE_PATH": str(folder / "sched.sqlite3"),
        "SCHED_LOG_LEVEL": "warning",
        "TMPDIR": str(folder),
    }
    if command == "runengine":  # it makes no database
        start("migrate", variables).communicate(timeout=LIMIT_SECONDS)
    process = start(command, variables)
    try:
        watched = psutil.Process(process.pid)
        wait_for(lambda: moment(watched, folder), "the moment")
        children = watched.children(recursive=True)
        watched.send_signal(number)
        said, _ = process.communicate(timeout=LIMIT_SECONDS)
    finally:
        process.kill()  # where the signal did not do it
    return process.returncode, said, children
