"""`manage.py runengine`: the engine alone. gRPC for clients and workers, the loops, the metrics port.

SIGTERM or Ctrl-C: ends within SCHED_SHUTDOWN_GRACE_SECONDS, what is in hand is finished or given back. A second one:
ends at once.

One engine is this process. Several (`--processes`) are children of this process, which serves nothing itself
(engine_parent.py).
"""

import asyncio
import gc
import os
import signal
import sys
from argparse import SUPPRESS
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from uvloop import new_event_loop

from workflows.engine.engine import Engine
from workflows.engine.options import EngineOptions
from workflows.management.processes import parent
from workflows.management.processes.configured import check_configured
from workflows.management.processes.database_lock import lock_embedded_database
from workflows.management.processes.engine_options import engine_options
from workflows.management.processes.engine_parent import EngineParent
from workflows.management.processes.migrated import check_migrated
from workflows.management.processes.refusal import CannotStart
from workflows.management.processes.several import processes_asked_for
from workflows.management.processes.suitable import check_suitable
from workflows.management.processes.taken import check_free, port_taken
from workflows.management.processes.traced import trace_as
from workflows.management.processes.usable import check_there, told_in_a_sentence
from workflows.rpc.server import PortTaken

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Command(BaseCommand):
    help = "Runs the engine: gRPC for clients and workers, timers and reclaim loops, /metrics and /healthz."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--die-with-parent",
            type=int,
            metavar="PID",
            help="stop when this process, which must be the parent, ends",
        )
        parser.add_argument(
            "--processes",
            metavar="N",
            help="engine processes on the one gRPC port; SCHED_ENGINE_PROCESSES if not given, 1 if that is not set",
        )
        # What --processes tells its children.
        parser.add_argument("--share-port", action="store_true", help=SUPPRESS)

    def handle(
        self,
        *_args: Any,
        die_with_parent: int | None,
        processes: str | None,
        share_port: bool,
        **_options: Any,
    ) -> None:
        if die_with_parent is not None:
            parent.follow(die_with_parent, lambda: os.kill(os.getpid(), signal.SIGTERM))
        try:
            check_configured()
            count = processes_asked_for(processes)
            if count == 1:
                self._serve_alone(share_port=share_port)
            else:
                sys.exit(EngineParent(count, self._say).run())
        except CannotStart as refusal:
            sys.exit(f"sched: {refusal}")

    def _serve_alone(self, *, share_port: bool) -> None:
        """This process is the engine.

        Raises:
            CannotStart: the database or a port is taken or cannot be used.
        """
        environment = settings.SCHED
        trace_as("sched-engine")
        check_there()  # before anything is made
        lock = lock_embedded_database()
        if not share_port:  # the parent has looked, and keeps it
            check_free(environment.bind, environment.engine_port, "ENGINE_PORT")
        check_free(environment.bind, environment.metrics_port, "SCHED_METRICS_PORT")
        check_migrated()
        options = engine_options(metrics=True, share_port=share_port)
        with told_in_a_sentence():
            check_suitable(options)
        try:
            asyncio.run(self._serve(options), loop_factory=new_event_loop)
        except PortTaken:  # between the look and the start
            raise port_taken(environment.engine_port, "ENGINE_PORT") from None
        if lock is not None:
            lock.release()

    async def _serve(self, options: EngineOptions) -> None:
        engine = Engine(options)
        await engine.start()
        stopping = asyncio.Event()
        stop_on_signals(stopping)  # until here they end it at once (manage.py)
        self._say(
            f"sched engine: gRPC on port {engine.port}, metrics and health on port {engine.metrics_port}"
        )
        collect_rarely()
        await stopping.wait()
        await stop_in_time(engine)

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def collect_rarely() -> None:
    """What is loaded by now stays for good; and what a batch makes dies with it, by its reference counts.

    Collections every 2,000 objects took a tenth of the engine's time, and found nothing.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def stop_on_signals(stopping: asyncio.Event) -> None:
    """The first SIGTERM or SIGINT asks to stop, the second ends the process at once."""

    def asked(number: signal.Signals) -> None:
        if stopping.is_set():
            os._exit(128 + number)
        stopping.set()

    for number in STOP_SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, asked, number)


async def stop_in_time(engine: Engine) -> None:
    """Stops the engine; when the grace is over before that, ends the process: nothing that counts is in memory."""
    grace = settings.SCHED.shutdown_grace.total_seconds()
    try:
        await asyncio.wait_for(engine.stop(), grace)
    except TimeoutError:
        sys.stderr.write(f"sched: the engine did not stop within {grace:g} s; ending at once\n")
        os._exit(1)
