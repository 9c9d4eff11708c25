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

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Looks at the database before Django's checks of models, which ask it what it can do."""
        if not self._typed:
            return super().execute(*args, **options)
        try:
            check_usable()
            with told_in_a_sentence():
                return super().execute(*args, **options)
        except CannotStart as refusal:
            sys.exit(f"sched: {refusal}")
