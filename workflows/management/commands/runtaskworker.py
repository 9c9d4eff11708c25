"""`manage.py runtaskworker`: the worker of this project. Channels has a command of the name `runworker`.

SIGTERM or Ctrl-C: takes nothing new, lets activities finish within the grace, hands back the rest without costing it an
attempt, and ends with status 0. A second one: ends at once.

Exit status: 0 stopped; 1 cannot start: nothing to serve, or a module raises; 2 an option or a variable has a value that
is not allowed.
"""

import os
import signal
import sys
from argparse import BooleanOptionalAction
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from workflows.management.processes import grpc_variables, parent

BAD_SETTING = 2


class Command(BaseCommand):
    help = (
        "Runs the workflows and activities of this project's apps (sched_workflows.py, sched_activities.py)."
    )
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        from workflows.worker.options import add_options

        add_options(parser)
        parser.add_argument(
            "--reload",
            action=BooleanOptionalAction,
            help="start again when the project's code changes; as DEBUG says if not given",
        )

    def handle(self, *_args: Any, reload: bool | None, **options: Any) -> None:
        grpc_variables.prepare(os.environ)
        from sched_sdk.settings import SettingError

        from workflows.worker.discovery import NothingRegistered
        from workflows.worker.options import arguments_of

        try:
            arguments = arguments_of(options)
            status = self._run(arguments, reload=settings.DEBUG if reload is None else reload)
        except SettingError as refusal:
            self.stderr.write(f"sched: {refusal}")
            sys.exit(BAD_SETTING)
        except NothingRegistered as refusal:
            sys.exit(f"sched: {refusal}")
        if status:
            sys.exit(status)

    def _run(self, arguments: dict[str, Any], *, reload: bool) -> int:
        """The exit status."""
        from workflows.worker import reloading, serving

        if not reload:
            serving.serve(serving.new_worker(arguments))
            return 0
        if not reloading.is_child():
            return reloading.Parent(self.stderr.write).run()
        parent.follow(os.getppid(), lambda: os.kill(os.getpid(), signal.SIGTERM))
        return reloading.serve_watched(partial(serving.new_worker, arguments), serving.serve)
