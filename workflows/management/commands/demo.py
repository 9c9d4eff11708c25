"""`manage.py demo`: the demo's workflows on a server of its own, with an exit status that says whether all is well."""

import signal
import sys
from typing import Any

from django.core.management.base import BaseCommand

from workflows.management.demo.cases import CASES
from workflows.management.demo.runs import run_all
from workflows.management.demo.server import temporary_server
from workflows.management.processes.refusal import CannotStart


class Interrupted(BaseException):
    """Asked to end, by the signal of this number."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Command(BaseCommand):
    help = "Runs the demo workflows to their end and compares their results and histories with what they should be."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def handle(self, *_args: Any, **_options: Any) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _interrupt)
        try:
            with temporary_server(sys.argv[0]) as rest:
                self._say(f"{len(CASES)} workflows, side by side; the longest takes 35 seconds.")
                good = run_all(rest, CASES, self._say)
        except CannotStart as refusal:
            sys.exit(f"sched: {refusal}")
        except Interrupted as interrupted:
            sys.exit(128 + interrupted.number)
        if not good:
            sys.exit("sched: the demo did not run as it should")
        self._say("All results and histories are as they should be.")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _interrupt(number: int, _frame: object) -> None:
    """The server is stopped and its folder removed on the way out."""
    raise Interrupted(number)
