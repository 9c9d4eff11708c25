"""The four twins, and what comes of a script that they play."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.differential.author import Author
from tests.differential.compare import Differs, compare
from tests.differential.kernel import Kernel
from tests.differential.naive import Naive
from tests.differential.shrink import shrunk
from tests.differential.steps import Script
from tests.differential.stores import Grouped, ScriptClock, Store
from tests.store.databases import Database, postgres_database, sqlite_database
from workflows.store.postgres import PostgresBackend
from workflows.store.sqlite import SqliteBackend

_IN_MEMORY = Path("/dev/shm")
"""Where the machine has it: what a disk keeps is not the subject, and syncing would be half of the time."""
SEEDS_VARIABLE = "SCHED_TEST_DIFFERENTIAL_SEEDS"
REPEAT = f"{SEEDS_VARIABLE}={{}} make test ARGS=tests/differential"


class Twins:
    """Databases are emptied before each script."""

    def __init__(self, stores: list[Store]) -> None:
        self._stores = stores

    @property
    def databases(self) -> list[Database]:
        """As the last script has left them."""
        return [store.database for store in self._stores]

    def compare(self, script: Script) -> None:
        """Play it on all.

        Raises:
            Differs: see there.
        """
        for store in self._stores:
            store.clear()
        compare(script, Kernel(), self._stores)

    def check(self, seed: int) -> Script:
        """The script of a seed. One that tells twins apart is shown, as short as it can be made."""
        script = Author(seed).write()
        try:
            self.compare(script)
        except Differs as differs:
            differs.add_note(f"seed {seed}: {REPEAT.format(seed)} repeats it")
            differs.add_note("\n".join(f"  {step}" for step in shrunk(script, self._differs)))
            raise
        return script

    def _differs(self, script: Script) -> bool:
        try:
            self.compare(script)
        except Differs:
            return True
        return False

    def close(self) -> None:
        for store in self._stores:
            store.close()


@contextmanager
def twins(postgres_dsn: str) -> Iterator[Twins]:
    """Three new databases, each with a writer of its own."""
    clock = ScriptClock()
    with ExitStack() as stack:
        one = stack.enter_context(postgres_database(postgres_dsn))
        many = stack.enter_context(postgres_database(postgres_dsn))
        folder = stack.enter_context(
            tempfile.TemporaryDirectory(dir=_IN_MEMORY if _IN_MEMORY.is_dir() else None)
        )
        file = stack.enter_context(sqlite_database(Path(folder)))
        naive = Naive(_postgres(one.target, clock), lambda: bool(one.count("sched_inbox")))
        found = Twins(
            [
                Store("sqlite", file, Grouped(lambda: SqliteBackend(file.target, clock=clock)), clock),
                Store("naive", one, naive, clock),
                Store("grouped", many, Grouped(lambda: _postgres(many.target, clock)), clock),
            ]
        )
        stack.callback(found.close)
        yield found


def _postgres(dsn: str, clock: ScriptClock) -> PostgresBackend:
    return PostgresBackend(dsn, clock=clock, require_durability=False)
