"""One process at a time on an embedded database: a lock on a file beside it.

Guarantees: the lock goes with the process, however it ends; the file stays, and says nothing then. The holder's id is
in the file, so that whoever is refused can name it.
Does not: keep others from reading the database, and knows nothing of Postgres, which many processes share.
"""

import fcntl
import os
from pathlib import Path
from typing import Any

from django.conf import settings

from workflows.management.processes.refusal import CannotStart
from workflows.management.processes.taken import process_named

MEMORY = ":memory:"


class DatabaseLock:
    """Held from `take` until the process ends, or `release`.

    Args:
        database: the file.
        variable: what names it, for people.
    """

    def __init__(self, database: Path, variable: str = "SCHED_DATABASE_PATH") -> None:
        self._database = database
        self._variable = variable
        self._file: Any = None

    def take(self) -> None:
        """Take the lock, or say who has it.

        Raises:
            CannotStart: another process serves this database, or there can be no lock.
        """
        path = self._database.with_name(self._database.name + ".lock")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            held = path.open("a+")
        except OSError as error:
            raise CannotStart(
                f"the database cannot be used ({self._variable}, {self._database}): {error.strerror}."
            ) from None
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            held.seek(0)
            owner = held.read().strip()
            held.close()
            raise CannotStart(self._refusal(owner)) from None
        held.truncate(0)
        held.write(str(os.getpid()))
        held.flush()
        self._file = held

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _refusal(self, owner: str) -> str:
        who = process_named(int(owner)) if owner.isdigit() else "another process"
        return (
            f"the database {self._database} is taken by {who}; "
            f"stop that, or set {self._variable} to another file."
        )


def lock_embedded_database() -> DatabaseLock | None:
    """The lock of this process's embedded database, taken; None where the database is shared or nobody else's.

    Raises:
        CannotStart: another process serves it.
    """
    environment = settings.SCHED
    if environment.postgres_dsn or environment.database_path == MEMORY:
        return None
    lock = DatabaseLock(Path(environment.database_path).absolute(), environment.database_variable)
    lock.take()
    return lock
