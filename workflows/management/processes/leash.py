"""Runs a command that is killed when the process that started it ends: `python -I leash.py <parent's id> <command …>`.

A script of its own, run before the command takes its place, since nothing may run between fork and exec in a process
with threads. Linux alone has the signal; elsewhere the command runs without it.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before we asked
        sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 - the command is our own


if __name__ == "__main__":
    main()
