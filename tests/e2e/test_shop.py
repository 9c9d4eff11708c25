"""The example project, as somebody who copied it and installed sched runs it: rows, worker and admin of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import new_shop
from tests.e2e.harness.backends import EMBEDDED, POSTGRES_REDIS, Servers
from tests.e2e.harness.shop import Browser, Shop, admin_of
from tests.e2e.harness.waiting import wait_for

PLACED = re.compile(r"Order (\d+) of ada: order-\1, run ([0-9a-f-]{36})")
LOOK_SECONDS = 0.1
EXECUTIONS = "__import__('workflows.models').models.Execution.objects.count()"
GIVEN_UP = """
from django.db import transaction
from orders.checkout import place_order
with transaction.atomic():
    order = place_order("eve", 1)
    raise SystemExit("the customer has left")
"""


@pytest.fixture(scope="module", params=[EMBEDDED, POSTGRES_REDIS])
def shop(
    request: pytest.FixtureRequest, site: Path, servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shop]:
    """Migrated, with its engine and its worker."""
    made = new_shop(request.param, tmp_path_factory.mktemp("shop"), site, servers)
    try:
        made.start_engine()
        made.start_worker("worker")
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def browser(shop: Shop) -> Browser:
    return admin_of(shop)


def placed(shop: Shop) -> tuple[str, str]:
    """A new order: its number and the run of its workflow."""
    found = PLACED.fullmatch(shop.out("placeorder", "ada", "4200"))
    assert found is not None
    return found[1], found[2]


def wait_for_status(shop: Shop, browser: Browser, order: str, status: str) -> None:
    """As the shop's admin shows it."""
    wait_for(
        lambda: f'<option value="{status}" selected>' in browser.get(f"/admin/orders/order/{order}/change/"),
        f"order that is {status}\n{shop.logs()}",
        look=LOOK_SECONDS,
    )


def test_what_runs_is_what_was_installed(shop: Shop, site: Path) -> None:
    """And not this checkout."""
    packages = ("workflows", "timers", "dispatch", "schedproject", "sched_sdk")
    files = shop.ask(f"*(__import__(name).__file__ for name in {packages})").split()
    assert [Path(file).parents[1] for file in files] == [site] * len(packages)


def test_an_order_from_its_row_to_its_delivery(shop: Shop, browser: Browser) -> None:
    """It starts with its row in one transaction; its activities write through the ORM; its own admin shows it."""
    order, run_id = placed(shop)
    wait_for_status(shop, browser, order, "paid")
    assert shop.ask(f"[p.cents for p in Payment.objects.filter(order={order})]") == "[4200]"
    orders = browser.get("/admin/orders/order/")
    execution = f"/admin/sched_workflows/execution/{run_id}/change/"
    assert f'<a href="{execution}">order-{order}</a>' in orders
    page = browser.get(execution)
    assert "FulfilOrder" in page
    assert f"order-{order}" in page
    browser.post("/admin/orders/order/", action="mark_as_packed", _selected_action=order)
    wait_for_status(shop, browser, order, "shipped")
    wait_for(lambda: "Completed" in browser.get(execution), "execution that has completed", look=LOOK_SECONDS)
    assert f"order-{order}" in browser.get("/admin/sched_workflows/execution/")


def test_a_rollback_leaves_neither(shop: Shop) -> None:
    """No order and no execution, of which the admin, too, would know."""
    before = shop.ask(EXECUTIONS)
    done = shop.manage("shell", "--no-imports", "-c", GIVEN_UP)
    assert (done.returncode, done.stderr.strip()) == (1, "the customer has left")
    assert shop.ask("Order.objects.filter(customer='eve').count()") == "0"
    assert shop.ask(EXECUTIONS) == before


def test_the_engine_s_checks_work_on_the_project_s_database(shop: Shop) -> None:
    """`fsck` finds the executions, and nothing wrong with them."""
    placed(shop)
    assert shop.out("fsck").endswith("no findings")
