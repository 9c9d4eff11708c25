"""A private pgbouncer, the system's, before a server of Postgres. It refuses to run as root, as Postgres does."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.servers.postgres import accepts
from tests.servers.process import ServerFailed, free_port, make_folder, running, unprivileged_user

SYSTEM_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin")


@contextmanager
def pgbouncer(dsn: str, settings: str) -> Iterator[str]:
    """Runs one while the block runs, and gives the DSN that leads through it to the database of `dsn`.

    Args:
        dsn: of the server itself; whoever comes through is its user.
        settings: lines of the section `[pgbouncer]`.
    """
    server = conninfo_to_dict(dsn)
    owner, port = unprivileged_user(), free_port()
    folder = make_folder("pgbouncer", owner)
    pooled = make_conninfo(dsn, host="127.0.0.1", port=port)
    configuration = folder / "pgbouncer.ini"
    configuration.write_text(
        f"[databases]\n* = host={server['host']} port={server['port']} user={server['user']}\n"
        f"[pgbouncer]\n{settings}\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = any\nunix_socket_dir =\n"
    )
    command = [str(find_binary()), str(configuration)]
    with running(command, folder=folder, is_ready=lambda: accepts(pooled), owner=owner):
        yield pooled


def find_binary() -> Path:
    """Raises `ServerFailed` where there is none."""
    path = ":".join((*SYSTEM_FOLDERS, "/usr/bin"))
    found = shutil.which("pgbouncer") or shutil.which("pgbouncer", path=path)
    if found is None:
        raise ServerFailed("pgbouncer is not installed; on Debian: apt-get install pgbouncer")
    return Path(found)
