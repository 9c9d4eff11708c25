"""One server process that is everything: web, engine, and the demo worker as its child.

```
 main thread          Daphne (web)      signals ask to stop
 thread sched-engine  engine            gRPC, writer, loops
 thread sched-stop    waits to be asked, then ends worker, engine, web, in this order
 child                demo worker
```

Ctrl-C or SIGTERM: all of it ends within the grace, of which the worker has most. A second one, or one during the start
(manage.py): at once. What is acknowledged is on disk, so ending at once loses nothing.
"""

import os
import shlex
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.core.management import call_command

from workflows.api import waiting
from workflows.management.processes import parent
from workflows.management.processes.admin_login import admin_login
from workflows.management.processes.database_lock import lock_embedded_database
from workflows.management.processes.demo_key import new_demo_key
from workflows.management.processes.demo_worker import DemoWorker
from workflows.management.processes.engine_options import engine_options
from workflows.management.processes.engine_thread import EngineThread
from workflows.management.processes.host import shown_host
from workflows.management.processes.refusal import CannotStart
from workflows.management.processes.suitable import check_suitable
from workflows.management.processes.taken import check_free, port_taken
from workflows.management.processes.traced import trace_as
from workflows.management.processes.usable import check_usable, told_in_a_sentence
from workflows.management.processes.worker_settings import WorkerSettings
from workflows.rpc.server import PortTaken

# An orphan ends soon, whatever the grace says: whoever started it may want to start again.
ORPHAN_SECONDS = 3.0
# Of the grace: what the worker has for its activities, and when it is killed. The engine has the rest.
WORKER_SHARE, WORKER_SHARE_MAX = 0.7, 0.8


class EmbeddedServer:
    """Run once.

    Args:
        say: prints a line for the person who started it.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._environment = settings.SCHED
        self._asked = threading.Event()
        self._grace = self._environment.shutdown_grace.total_seconds()
        self._web: Any = None
        options = engine_options(metrics=False)
        self._engine = EngineThread(replace(options, grace=options.grace * (1 - WORKER_SHARE_MAX)))
        self._worker = DemoWorker(
            f"{shown_host(self._environment.bind)}:{self._environment.engine_port}",
            {"SCHED_SHUTDOWN_GRACE_SECONDS": f"{self._grace * WORKER_SHARE:.3f}"},
        )
        self._greeted = False
        self._signal: int | None = None

    def follow(self, pid: int) -> None:
        """End when the process `pid`, our parent, does."""
        parent.follow(pid, self._orphaned)

    def run(self) -> int:
        """Serve until asked to stop; the exit status.

        Raises:
            CannotStart: the database or a port is taken or cannot be used, or the worker refuses a variable.
        """
        trace_as("sched")
        worker_settings = WorkerSettings(self._worker.variables)
        lock = lock_embedded_database()
        login = self._prepare()
        worker_settings.check()
        try:
            self._engine.start()
        except PortTaken:  # between the look and the start
            raise port_taken(self._environment.engine_port, "ENGINE_PORT") from None
        try:
            return self._serve(login)
        finally:
            if lock is not None:
                lock.release()

    def _prepare(self) -> tuple[str, str | None]:
        """Look at ports and database, and bring the tables up to date; the admin's login."""
        environment = self._environment
        check_free(environment.bind, environment.dashboard_port, "DASHBOARD_PORT")
        check_free(environment.bind, environment.engine_port, "ENGINE_PORT")
        check_usable()
        with told_in_a_sentence():
            call_command("migrate", verbosity=0, interactive=False)
            check_suitable(engine_options(metrics=False))
            if not (environment.open_access or os.environ.get("SCHED_API_KEY")):
                self._worker.variables["SCHED_API_KEY"] = new_demo_key()
            return admin_login()

    def _serve(self, login: tuple[str, str | None]) -> int:
        from workflows.management.processes.web import Web  # what it imports installs Twisted's reactor

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        self._worker.start()
        self._web = Web(self._environment.bind, self._environment.dashboard_port, lambda: self._greet(*login))
        stopper = threading.Thread(target=self._stop_when_asked, name="sched-stop", daemon=True)
        stopper.start()
        asked = self._web.run()
        self._asked.set()
        stopper.join()
        if not asked:
            raise CannotStart(
                f"port {self._environment.dashboard_port} (DASHBOARD_PORT) was taken meanwhile."
            )
        return 0 if self._greeted or self._signal is None else 128 + self._signal

    def _stop_when_asked(self) -> None:
        self._asked.wait()
        threading.Thread(target=self._end_in_time, name="sched-grace", daemon=True).start()
        waiting.end()
        self._worker.stop(self._grace * WORKER_SHARE_MAX)
        self._engine.stop(self._grace)
        self._web.stop()

    def _end_in_time(self) -> None:
        """Whatever still runs when the grace is over, threads that the interpreter waits for among them, ends."""
        threading.Event().wait(self._grace)
        sys.stderr.write(f"sched: not all of it stopped within {self._grace:g} s; ending at once\n")
        os._exit(1)  # the worker is killed by that

    def _on_signal(self, number: int, _frame: object) -> None:
        if self._asked.is_set():
            os._exit(128 + number)  # the worker is killed by that
        self._signal = number
        self._asked.set()

    def _orphaned(self) -> None:
        """Ends on the usual way if that is quick, and otherwise as it is."""
        self._asked.set()
        threading.Event().wait(ORPHAN_SECONDS)
        os._exit(1)

    def _greet(self, name: str, password: str | None) -> None:
        if self._asked.is_set():
            return
        self._greeted = True
        host, port = shown_host(self._environment.bind), self._environment.dashboard_port
        root = f"http://{host}:{port}"
        secret = f"password {password}" if password else "the password you gave it"
        self._say(f"""
sched is up. Ctrl-C stops all of it.

  Dashboard  {root}/
  Admin      {root}/admin/   user {name}, {secret}
  REST       {root}/api/docs
  gRPC       {host}:{self._environment.engine_port}
  Database   {_database(self._environment)}

Start a workflow, and approve it with the id that it answers:
{self._credentials()}
  curl -X POST {root}/api/workflows -H 'Content-Type: application/json' \\
    {self._header()}-d '{{"workflowName":"ApprovalGate","input":"req-42"}}'
  curl -X POST {root}/api/workflows/<workflowId>/signal -H 'Content-Type: application/json' \\
    {self._header()}-d '{{"name":"approve","payload":"req-42"}}'
""")

    def _credentials(self) -> str:
        """How to come by a key, where one is wanted."""
        if self._environment.open_access:
            return ""
        command = (
            f"{shlex.quote(os.path.relpath(sys.executable))} manage.py apikey create laptop --role client"
        )
        path = os.environ.get("SCHED_DATABASE_PATH", "")
        where = f"SCHED_DATABASE_PATH={shlex.quote(os.path.realpath(path))} " if path else ""
        return f"\n  export SCHED_API_KEY=$({where}{command})"

    def _header(self) -> str:
        return "" if self._environment.open_access else '-H "Authorization: Bearer $SCHED_API_KEY" '


def _database(environment: Any) -> str:
    return "Postgres" if environment.postgres_dsn else str(environment.database_path)
