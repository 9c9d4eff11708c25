"""`manage.py migrate`: Django's, but a database that cannot be used is told in one sentence."""

import sys
from typing import Any

from django.core.management.commands import migrate

from workflows.management.processes.refusal import CannotStart
from workflows.management.processes.usable import check_usable, told_in_a_sentence


class Command(migrate.Command):
    """Called by a program (tests, `up`), it is Django's own."""

    _typed = False

    def run_from_argv(self, argv: list[str]) -> None:
        self._typed = True
        super().run_from_argv(argv)

    def handle(self, *args: Any, **options: Any) -> None:
        if not self._typed:
            super().handle(*args, **options)
            return
        try:
            check_usable()
            with told_in_a_sentence():
                super().handle(*args, **options)
        except CannotStart as refusal:
            sys.exit(f"sched: {refusal}")
