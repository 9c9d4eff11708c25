"""`manage.py demo`: the demo's workflows on a server of its own, with an exit status that says whether all is well."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from workflows.management.demo.cases import CASES
from workflows.management.demo.runs import run_all
from workflows.management.demo.server import temporary_server
from workflows.management.processes.refusal import CannotStart

INTERRUPTED = 130


class Command(BaseCommand):
    help = "Runs the demo workflows to their end and compares their results and histories with what they should be."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            with temporary_server(sys.argv[0]) as rest:
                self._say(f"{len(CASES)} workflows, side by side; the longest takes 35 seconds.")
                good = run_all(rest, CASES, self._say)
        except CannotStart as refusal:
            sys.exit(f"sched: {refusal}")
        except KeyboardInterrupt:
            sys.exit(INTERRUPTED)
        if not good:
            sys.exit("sched: the demo did not run as it should")
        self._say("All results and histories are as they should be.")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
