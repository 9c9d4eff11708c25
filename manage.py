#!/usr/bin/env python
"""Django's command line. Each command gets the settings of the process it starts.

Ctrl-C or SIGTERM while one of our processes starts ends it at once and silently: nothing is acknowledged yet. Once it
serves, it has handlers of its own.
"""

import os
import signal
import sys
from types import FrameType

SETTINGS = {
    "runengine": "engine",
    "runweb": "web",
    "fsck": "engine",
    "apikey": "engine",
    "up": "embedded",
    "demo": "embedded",
}
EMBEDDED_COMMANDS = frozenset({"up", "demo"})
OWN_COMMANDS = frozenset(SETTINGS) | {"migrate"}


def end_at_once(number: int, _frame: FrameType | None) -> None:
    os._exit(128 + number)


def handle_signals(command: str) -> None:
    """Before the first long import. Commands that are not ours (`shell`, say) keep Python's way."""
    if command in OWN_COMMANDS:
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) is not signal.SIG_IGN:  # as in the background of a script
                signal.signal(number, end_at_once)


def choose_environment(command: str) -> None:
    """`DJANGO_SETTINGS_MODULE` overrides; the embedded commands are open to this machine unless told otherwise."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"schedproject.settings.{SETTINGS.get(command, 'web')}")
    if command in EMBEDDED_COMMANDS:
        os.environ.setdefault("SCHED_AUTH", "open")
    from workflows.management.processes import grpc_variables

    grpc_variables.prepare(os.environ)


def main() -> None:
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    handle_signals(command)
    choose_environment(command)
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
