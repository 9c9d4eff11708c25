"""One engine and one worker, real processes, for all tests of the command line."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.calling import Caller
from tests.e2e.harness.backends import EMBEDDED, Backend, migrate
from tests.e2e.harness.stack import POLLING, Stack, warm_stack
from tests.surroundings import OWN_PREFIXES


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller's own variables are no part of a test; nor is a terminal that its shell promises."""
    for name in [name for name in os.environ if name.startswith((*OWN_PREFIXES, "FORCE_COLOR"))]:
        if not name.startswith(("SCHED_TEST_", "DJANGO_")):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Shared by all but those who want nobody else's work on it."""
    with running_stack(tmp_path_factory.mktemp("cli")) as made:
        yield made


@contextmanager
def running_stack(folder: Path) -> Iterator[Stack]:
    """An engine and a worker on an embedded database of their own."""
    variables = {"SCHED_DATABASE_PATH": str(folder / "sched.sqlite3"), "SCHED_AUTH": "open"}
    migrate(variables)
    with warm_stack(Backend(name=EMBEDDED, variables=variables), folder, POLLING) as made:
        yield made


@pytest.fixture
def call(stack: Stack) -> Caller:
    """Calls `schedctl` in this process, for that engine."""
    return Caller(stack.address)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What asks for the engine starts processes."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here) and "stack" in getattr(item, "fixturenames", ()):
            item.add_marker("e2e")
