"""The operators' story on Postgres and Redis: engine, web and worker are processes of their own, and what is stuck is
one among a hundred thousand executions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.admin.test_browser import (  # noqa: F401 - a fixture, and tests that are run on this module's site
    _USERS,
    LIST,
    Site,
    browser,
    logged_in,
    test_a_viewer_can_only_look,
    test_the_story_of_a_night,
)
from tests.e2e.harness.backends import POSTGRES_REDIS, Servers, make_backend, make_template
from tests.e2e.harness.processes import Process
from tests.e2e.harness.stack import STREAMING, Stack
from tests.e2e.harness.waiting import wait_for
from tests.servers.postgres import postgres_server
from tests.servers.process import free_port
from tests.servers.redis import redis_server
from workflows.management.demo.rest import Rest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.e2e, pytest.mark.redis]
MANY = 100_000
_FILL = f"""
from tests.api.million import fill
from tests.store.databases import Database
fill(Database("default", ""), executions={MANY})
"""


class ServedSite(Site):
    """The web process beside an engine and a worker."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        web = free_port()
        self.folder = folder
        self.root = f"http://127.0.0.1:{web}"
        self.rest = Rest(self.root)
        self.variables = {
            **stack.backend.variables,
            "DASHBOARD_PORT": str(web),
            "ENGINE_ADDRESS": stack.address,
        }
        self.process = Process("web", ["manage.py", "runweb"], self.variables, folder)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Engine and worker, on servers of their own."""
    folder = tmp_path_factory.mktemp("servers")
    with postgres_server() as postgres, redis_server() as redis:
        servers = Servers(template=lambda: make_template(postgres), redis_url=lambda: redis)
        made = Stack(make_backend(POSTGRES_REDIS, folder, servers), STREAMING, folder)
        try:
            made.start_engine()
            made.start_worker()
            yield made
        finally:
            made.stop()


@pytest.fixture(scope="module")
def site(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """With a hundred thousand executions, two gates that wait, and one that is stuck."""
    found = ServedSite(stack, tmp_path_factory.mktemp("web"))
    try:
        found.shell(_USERS + _FILL)
        found.wait()
        for name in ("gate-1", "gate-2"):
            found.begin("ApprovalGate", name, {"secret": "the customer's name"})
        found.begin("ShipOrder", "order-4711", {"order": 4711})
        wait_for(lambda: found.rest.execution("order-4711")["problem"], "problem of the stuck one")
        yield found
    finally:
        found.process.stop()


def test_it_is_found_among_a_hundred_thousand(site: Site, browser: Browser) -> None:  # noqa: F811 - the fixture
    """The tabs tell of all, about; by the beginning of its id, or by its problem, it is one."""
    site.begin("ShipOrder", "stuck-1", {"order": 1})
    wait_for(lambda: site.rest.execution("stuck-1")["problem"], "problem of another stuck one")
    with logged_in(browser, site, "operator") as page:
        page.goto(LIST)
        told = page.locator(".sched-tab-all b").inner_text()
        assert int(told.removeprefix("~")) > 0.9 * MANY
        for query in ("q=stuck-", "q=stuck-1&problem=any", "problem=any&type=ShipOrder&q=stuck"):
            page.goto(f"{LIST}?{query}")
            assert page.locator("#result_list .field-workflow_id").all_inner_texts() == ["stuck-1"], query
