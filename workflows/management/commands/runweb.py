"""`manage.py runweb`: REST and the admin alone.

SIGTERM or Ctrl-C: long polls are answered and it ends, within SCHED_SHUTDOWN_GRACE_SECONDS. A second one: at once.
Nothing that counts is in its memory.
"""

import os
import signal
import sys
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from workflows.api import waiting
from workflows.management.processes.configured import check_configured
from workflows.management.processes.host import shown_host
from workflows.management.processes.refusal import CannotStart
from workflows.management.processes.taken import check_free, port_taken


class Command(BaseCommand):
    help = "Runs the web process: REST and the admin."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            check_configured()
            environment = settings.SCHED
            check_free(environment.bind, environment.dashboard_port, "DASHBOARD_PORT")
        except CannotStart as refusal:
            sys.exit(f"sched: {refusal}")
        from workflows.management.processes.web import Web  # what it imports installs Twisted's reactor

        web = Web(environment.bind, environment.dashboard_port, self._greet)
        asked = threading.Event()

        def stop(number: int, _frame: object) -> None:
            if asked.is_set():
                os._exit(128 + number)
            asked.set()
            threading.Thread(target=end_in_time, name="sched-grace", daemon=True).start()
            waiting.end()
            web.stop()

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, stop)
        if not web.run():
            sys.exit(f"sched: {port_taken(environment.dashboard_port, 'DASHBOARD_PORT')}")

    def _greet(self) -> None:
        environment = settings.SCHED
        root = f"http://{shown_host(environment.bind)}:{environment.dashboard_port}"
        self.stdout.write(f"sched web: {root}/ (dashboard), {root}/admin/, {root}/api/docs (REST)")
        self.stdout.flush()


def end_in_time() -> None:
    """Whatever still runs when the grace is over, threads that the interpreter waits for among them, ends."""
    grace = settings.SCHED.shutdown_grace.total_seconds()
    threading.Event().wait(grace)
    sys.stderr.write(f"sched: the web process did not stop within {grace:g} s; ending at once\n")
    os._exit(1)
