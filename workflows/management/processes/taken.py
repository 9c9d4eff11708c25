"""Who has a port, or a process id: what can be found out from /proc, without privileges of our own.

Does not: see the processes of other users, nor anything where there is no /proc. Then it says less.
"""

import errno
import re
import socket
from collections.abc import Iterator
from pathlib import Path

from workflows.management.processes.refusal import CannotStart

PROC = Path("/proc")
LISTENING = "0A"
COMMAND_LENGTH_MAX = 80


def check_free(bind: str, port: int, variable: str) -> None:
    """Refuses a port that something else listens on; a free one may still be lost before it is used.

    Raises:
        CannotStart: naming the port, the variable and who has it.
    """
    exclusive(bind, port, variable).close()


def exclusive(bind: str, port: int, variable: str) -> socket.socket:
    """A socket that listens on a port, as the only one.

    Raises:
        CannotStart: naming the port, the variable and who has it.
    """
    probe = socket.socket(socket.AF_INET6 if ":" in bind else socket.AF_INET, socket.SOCK_STREAM)
    # As the servers do it: a connection that is closing does not take the port.
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind((bind, port))
        probe.listen()
    except OSError as error:
        probe.close()
        if error.errno == errno.EADDRINUSE:
            raise port_taken(port, variable) from None
        raise CannotStart(f"{variable}: {bind} port {port} cannot be used: {error.strerror}.") from None
    return probe


def port_taken(port: int, variable: str) -> CannotStart:
    """The refusal for a port that is taken."""
    return CannotStart(
        f"port {port} is taken by {holder_of(port)}; stop that, or set {variable} to another port."
    )


def holder_of(port: int) -> str:
    """The process that listens on a port, for people."""
    inodes = set(_listening_inodes(port))
    for process in PROC.glob("[0-9]*"):
        if inodes and _has_socket(process, inodes):
            return process_named(int(process.name))
    return "another process"


def process_named(pid: int) -> str:
    """A process, for people: its id, and its command as far as it can be read."""
    try:
        words = (PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        words = []
    command = " ".join(words).strip()
    if len(command) > COMMAND_LENGTH_MAX:
        command = command[: COMMAND_LENGTH_MAX - 1] + "…"
    return f"process {pid} ({command})" if command else f"process {pid}"


def _listening_inodes(port: int) -> Iterator[str]:
    for table in (PROC / "net/tcp", PROC / "net/tcp6"):
        try:
            lines = table.read_text().splitlines()[1:]
        except OSError:
            continue
        for fields in map(str.split, lines):
            if fields[3] == LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                yield fields[9]


def _has_socket(process: Path, inodes: set[str]) -> bool:
    try:
        for descriptor in (process / "fd").iterdir():
            found = re.fullmatch(r"socket:\[(\d+)\]", str(descriptor.readlink()))
            if found and found[1] in inodes:
                return True
    except OSError:  # it is another user's, or has just ended
        return False
    return False
