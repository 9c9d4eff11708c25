"""Whether the database can keep what an engine promises."""

from timers.clock import SystemClock
from workflows.engine.options import EngineOptions
from workflows.management.processes.refusal import CannotStart
from workflows.store.backend import Unsuitable
from workflows.store.backends import new_backend


def check_suitable(options: EngineOptions) -> None:
    """Refuses a server that would forget what it acknowledged, is too old, or is a pooler.

    Raises:
        CannotStart: saying what to change.
    """
    backend = new_backend(options.postgres_dsn, SystemClock())
    try:
        backend.connect()
    except Unsuitable as unsuitable:
        raise CannotStart(str(unsuitable)) from None
    finally:
        backend.close()
