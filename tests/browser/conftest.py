"""Sites for the dashboard's stories, and pages of who works with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.chromium import as_anybody, at_the_dashboard, browser
from tests.browser.site import USERS, ServedSite, Site
from tests.e2e.conftest import backend_of, servers
from tests.e2e.harness.backends import POSTGRES_REDIS, Backend
from tests.e2e.harness.stack import STREAMING, Stack

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["backend_of", "browser", "servers"]
PAGES = ("desk", "operator", "patient", "viewer")
WORKERS = (2, 1)
"""Of the first engine and of the second."""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """As `make up` starts it: open to this machine, with the demo worker."""
    yield from _running(Site(tmp_path_factory.mktemp("up")))


@pytest.fixture(scope="session")
def guarded_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The same, and everybody must log in."""
    yield from _running(Site(tmp_path_factory.mktemp("guarded"), SCHED_AUTH="required"))


@pytest.fixture(scope="session")
def served_site(
    backend_of: Callable[[str, str], Backend], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServedSite]:
    """On Postgres and Redis: two engines with three workers, and the web process beside them."""
    backend = backend_of(POSTGRES_REDIS, "browser")
    with ExitStack() as made:
        stacks = []
        for number, workers in enumerate(WORKERS):
            stack = Stack(backend, STREAMING, tmp_path_factory.mktemp(f"engine-{number}"))
            made.callback(stack.stop)
            stack.start_engine()
            for _ in range(workers):
                stack.start_worker()
            stacks.append(stack)
        yield from _running(ServedSite(stacks, tmp_path_factory.mktemp("web")))


@pytest.fixture(scope="module", params=["site", "served_site"], ids=["embedded", "postgres+redis"])
def ground(request: pytest.FixtureRequest) -> Site:
    """Each that sched runs on; its workers know the tests' workflows besides the demo's."""
    found: Site = request.getfixturevalue(request.param)
    if not isinstance(found, ServedSite):
        found.start_worker()
    return found


@pytest.fixture
def desk(ground: Site, browser: Browser) -> Iterator[Page]:
    """A page on each ground; whoever is at it may do everything."""
    with as_anybody(browser, ground) as page:
        yield page


@pytest.fixture
def operator(guarded_site: Site, browser: Browser) -> Iterator[Page]:
    """The page of somebody who may do everything to executions."""
    with at_the_dashboard(browser, guarded_site, "operator") as page:
        yield page


@pytest.fixture
def viewer(guarded_site: Site, browser: Browser) -> Iterator[Page]:
    """The page of somebody who may look, and sees no payloads."""
    with at_the_dashboard(browser, guarded_site, "viewer") as page:
        yield page


def _running[S: Site](site: S) -> Iterator[S]:
    """With a user of each role."""
    try:
        site.wait()
        site.shell(USERS)
        yield site
    finally:
        site.stop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """A test that fails shows what its pages did."""
    report = yield
    arguments = getattr(item, "funcargs", {})
    if report.failed and report.when == "call":
        for page in [arguments[name] for name in PAGES if name in arguments]:
            report.sections += [(each.url, each.locator("body").inner_text()) for each in page.context.pages]
    return report
