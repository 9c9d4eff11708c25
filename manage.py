#!/usr/bin/env python
"""Django's command line. Each command gets the settings of the process it starts."""

import os
import sys

from django.core.management import execute_from_command_line

EMBEDDED_COMMANDS = frozenset({"up", "demo"})


def choose_settings(command: str) -> None:
    """`DJANGO_SETTINGS_MODULE` overrides; the embedded commands are open to this machine unless told otherwise."""
    name = {"runengine": "engine", "up": "embedded", "demo": "embedded"}.get(command, "web")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"schedproject.settings.{name}")
    if command in EMBEDDED_COMMANDS:
        os.environ.setdefault("SCHED_AUTH", "open")


if __name__ == "__main__":
    choose_settings(sys.argv[1] if len(sys.argv) > 1 else "")
    execute_from_command_line(sys.argv)
