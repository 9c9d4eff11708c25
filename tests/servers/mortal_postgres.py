"""A private Postgres that a test stops, freezes and starts again: the same port, the same data."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil

from tests.servers.postgres import NO_SETTINGS, accepts, find_binaries, initialise, reachable
from tests.servers.process import free_port, make_folder, running, unprivileged_user


class MortalPostgres:
    """One data folder, and one life after the other. It syncs to disk: what it acknowledged must survive its death.

    Args:
        settings: server parameters, of every life.
    """

    def __init__(self, settings: Mapping[str, str] = NO_SETTINGS) -> None:
        self._owner = unprivileged_user()
        self.folder = make_folder("mortal-postgres", self._owner)
        self._binaries = find_binaries(None)
        if self._owner is not None:
            self._binaries = reachable(self._binaries, self.folder)
        self._data = self.folder / "data"
        self._settings = settings
        self._life = ExitStack()
        self.port = free_port()
        self.dsn = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"
        initialise(self._binaries, self._data, self._owner)

    @property
    def pid(self) -> int:
        return int((self._data / "postmaster.pid").read_text().split()[0])

    def start(self) -> None:
        """Begins a life; returns when it accepts connections."""
        parameters = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            **self._settings,
        }
        options = [f"-c{name}={value}" for name, value in parameters.items()]
        folder = make_folder("mortal-postgres-life", self._owner)
        life = running(
            [str(self._binaries / "postgres"), "-D", str(self._data), *options],
            folder=folder,
            is_ready=lambda: accepts(self.dsn),
            stop_signal=signal.SIGINT,
            owner=self._owner,
        )
        self._life.enter_context(life)

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """Ends the life: SIGQUIT is `immediate`, as a power cut would; SIGINT is `fast`, with a good-bye."""
        with suppress(FileNotFoundError, ProcessLookupError):
            process = psutil.Process(self.pid)
            os.kill(process.pid, how)
            process.wait(30)
        self._life.close()

    def freeze(self) -> None:
        """Every process of it is stopped: connections stand, and nobody answers."""
        for process in self._processes():
            with suppress(psutil.NoSuchProcess):  # a session that has just ended
                process.suspend()

    def thaw(self) -> None:
        for process in self._processes():
            with suppress(psutil.NoSuchProcess):
                process.resume()

    def become_standby(self) -> None:
        """Between two lives: the next one takes reads only, and waits for a primary that never comes."""
        (self._data / "standby.signal").touch()

    def own(self, folder: Path) -> Path:
        """Gives a folder to the server's user, as a tablespace needs it."""
        if self._owner is not None:
            os.chown(folder, self._owner.pw_uid, self._owner.pw_gid)
        return folder

    def remove(self) -> None:
        with suppress(FileNotFoundError):
            self.thaw()
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _processes(self) -> list[psutil.Process]:
        """The postmaster first: a child that it cannot see stop is not replaced."""
        postmaster = psutil.Process(self.pid)
        return [postmaster, *postmaster.children(recursive=True)]


@contextmanager
def mortal_postgres(settings: Mapping[str, str] = NO_SETTINGS) -> Iterator[MortalPostgres]:
    """Runs while the block runs, whatever the block does to it."""
    server = MortalPostgres(settings)
    try:
        server.start()
        yield server
    finally:
        server.remove()
