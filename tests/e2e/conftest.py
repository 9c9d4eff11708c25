"""Stacks for the scenarios. One by backend and mode serves all tests that kill nothing; faults have their own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.harness.backends import (
    EMBEDDED,
    POSTGRES,
    POSTGRES_REDIS,
    Backend,
    Servers,
    fresh_database,
    maintenance,
    make_backend,
    make_template,
    remove_backend,
    remove_database,
)
from tests.e2e.harness.installed import install
from tests.e2e.harness.records import Records
from tests.e2e.harness.second_process import SecondProcess, Writer
from tests.e2e.harness.shop import Shop
from tests.e2e.harness.stack import POLLING, STREAMING, Stack, warm_stack
from tests.servers.postgres import postgres_server
from tests.servers.redis import redis_server

BACKENDS = (EMBEDDED, POSTGRES_REDIS)
GIVEN_SERVER = "SCHED_TEST_POSTGRES_DSN"
MODES = (STREAMING, POLLING)
STACK_FIXTURES = ("stack", "own_stack", "postgres_stack", "two_engines", "troubled", "shop")


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """Started when they are asked for first: the embedded default needs none. This Postgres syncs to disk, since an
    engine refuses one that does not."""
    with ExitStack() as started:

        @cache
        def template() -> str:
            given = os.environ.get(GIVEN_SERVER)
            made = make_template(given or started.enter_context(postgres_server()))
            if given:
                started.callback(remove_database, made)
            return made

        yield Servers(template=template, redis_url=lambda: started.enter_context(redis_server()))


@pytest.fixture(scope="session")
def backend_of(
    servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str, str], Backend]]:
    """A database by kind and purpose; the same one when asked again."""
    made: dict[tuple[str, str], Backend] = {}

    def find(name: str, purpose: str) -> Backend:
        if (name, purpose) not in made:
            made[name, purpose] = make_backend(name, tmp_path_factory.mktemp(purpose), servers)
        return made[name, purpose]

    yield find
    if (
        GIVEN_SERVER in os.environ
    ):  # one of our own ends with the tests; to drop a database costs a checkpoint
        for backend in made.values():
            remove_backend(backend)


@pytest.fixture(
    scope="session",
    params=[(backend, mode) for backend in BACKENDS for mode in MODES],
    ids=lambda param: f"{param[0]}-{param[1]}",
)
def stack(
    request: pytest.FixtureRequest,
    backend_of: Callable[[str, str], Backend],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stack]:
    """An engine and a worker that nobody kills."""
    name, mode = request.param
    with warm_stack(backend_of(name, mode), tmp_path_factory.mktemp("shared"), mode) as made:
        yield made


@pytest.fixture(params=MODES)
def own_stack(
    request: pytest.FixtureRequest, backend_of: Callable[[str, str], Backend], tmp_path: Path
) -> Iterator[Stack]:
    """Postgres and Redis, nothing started yet; for tests that kill."""
    made = Stack(backend_of(POSTGRES_REDIS, f"own-{request.param}"), request.param, tmp_path)
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def two_engines(
    backend_of: Callable[[str, str], Backend], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Stack, Stack]]:
    """Two engines on one Postgres and one Redis, each with a client and a worker of its own."""
    backend, folder = backend_of(POSTGRES_REDIS, "frozen-engines"), tmp_path_factory.mktemp("two-engines")
    made = Stack(backend, STREAMING, folder), Stack(backend, STREAMING, folder)
    try:
        for stack in made:
            stack.start_engine()
            stack.start_worker()
        for stack in made:
            stack.warm_up()
        yield made
    finally:
        for stack in made:
            stack.stop()


@pytest.fixture(scope="session", params=MODES)
def postgres_stack(
    request: pytest.FixtureRequest,
    backend_of: Callable[[str, str], Backend],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stack]:
    """Postgres without Redis."""
    made = Stack(backend_of(POSTGRES, request.param), request.param, tmp_path_factory.mktemp("postgres"))
    try:
        made.start_engine()
        made.start_worker()
        made.warm_up()
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="session")
def second_process(postgres_stack: Stack) -> Iterator[SecondProcess]:
    """A Django process beside the engine, on the same database."""
    with SecondProcess(postgres_stack.backend.variables) as process:
        yield process


@pytest.fixture(scope="session")
def postgres_writer(
    backend_of: Callable[[str, str], Backend], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Writer]:
    """A Django process beside an engine on Postgres."""
    stack = Stack(backend_of(POSTGRES, "writer"), STREAMING, tmp_path_factory.mktemp("writer"))
    try:
        stack.start_engine()
        stack.start_worker()
        stack.warm_up()
        with SecondProcess(stack.backend.variables) as process:
            yield Writer(stack=stack, process=process)
    finally:
        stack.stop()


@pytest.fixture(scope="session")
def embedded_writer(
    backend_of: Callable[[str, str], Backend], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Writer]:
    """A Django process with the engine in it, on the embedded database."""
    stack = Stack(backend_of(EMBEDDED, "writer"), STREAMING, tmp_path_factory.mktemp("writer"))
    variables = {**stack.backend.variables, "ENGINE_PORT": str(stack.port)}
    try:
        with SecondProcess(variables, with_engine=True) as process:
            stack.start_worker()
            stack.warm_up()
            yield Writer(stack=stack, process=process)
    finally:
        stack.stop()


@pytest.fixture(params=["postgres_writer", "embedded_writer"])
def writer(request: pytest.FixtureRequest) -> Iterator[Writer]:
    """Django code with transactions of its own, and no block open at the start and at the end."""
    found: Writer = request.getfixturevalue(request.param)
    yield found
    found.process.give_up()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where sched is installed, for projects of their own."""
    return install(tmp_path_factory.mktemp("installed"))


def new_shop(name: str, folder: Path, site: Path, servers: Servers) -> Shop:
    """A copy of the example project, migrated. On Postgres it asks for keys, and its worker has one."""
    if name == EMBEDDED:
        shop = Shop(folder, site, {"SCHED_AUTH": "open"})
        shop.out("migrate")
        return shop
    dsn = fresh_database(maintenance(servers.template()), folder.name)
    shop = Shop(folder, site, {"SHOP_POSTGRES_DSN": dsn, "SCHED_REDIS_URL": servers.redis_url()})
    shop.out("migrate")
    shop.variables["SCHED_API_KEY"] = shop.out("apikey", "create", "worker", "--role", "worker")
    return shop


@pytest.fixture(scope="session")
def records() -> Records:
    """The histories of all stacks, compared."""
    return Records()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """A test that fails shows what the processes said."""
    report = yield
    arguments = getattr(item, "funcargs", {})
    for name in STACK_FIXTURES:
        if report.failed and name in arguments:
            stacks = arguments[name] if isinstance(arguments[name], tuple) else (arguments[name],)
            report.sections += [(f"processes of {name}", stack.logs()) for stack in stacks]
    return report


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Every test of this folder starts processes. What only root can do to a machine is not asked of others."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker("e2e")
    if os.geteuid() != 0:
        beyond = [item for item in items if item.get_closest_marker("root")]
        items[:] = [item for item in items if item not in beyond]
        config.hook.pytest_deselected(items=beyond)
