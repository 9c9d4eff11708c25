"""`manage.py up`: everything on this machine, in one server process and a demo worker, for one Ctrl-C."""

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from workflows.management.processes.embedded import EmbeddedServer
from workflows.management.processes.refusal import CannotStart


class Command(BaseCommand):
    help = "Starts engine, web and demo worker on an embedded database; Ctrl-C stops all of it."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--die-with-parent",
            type=int,
            nargs="?",
            const=os.getppid(),
            metavar="PID",
            help="stop when the parent ends; its id, where it may have ended already",
        )

    def handle(self, *_args: Any, die_with_parent: int | None, **_options: Any) -> None:
        server = EmbeddedServer(self._say)
        if die_with_parent is not None:
            server.follow(die_with_parent)
        try:
            sys.exit(server.run())
        except CannotStart as refusal:
            sys.exit(f"sched: {refusal}")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
