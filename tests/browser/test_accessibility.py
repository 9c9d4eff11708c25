"""axe finds no fault in any page or dialog, light or dark, on a desktop or a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser import axe
from tests.browser.appearances import appearances
from tests.browser.chromium import opened
from tests.browser.crowded import NOBODYS, begin, crowded
from tests.browser.shown import settle
from tests.browser.site import Site
from tests.e2e.harness.waiting import wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.e2e]

PLACES = [
    "/",
    "/workflows",
    "/workflows?status=TIMED_OUT",
    "/workflows?idPrefix=there-is-none",
    "/workflows?status=FAILD",
    "/workflows/gate",
    "/workflows/gate?view=list",
    "/workflows/gate?view=json",
    "/workflows/late",
    "/workflows/failed",
    "/workflows/saga",
    "/workflows/saga?event=2",
    "/workflows/saga?view=list&event=2",
    "/workflows/order-4711",
    "/workflows/there-is-none",
    "/start",
    "/queues",
    "/queues/default",
    "/queues/nobody",
    "/workers",
    "/attention",
    "/audit",
    "/bulk",
    "/login",
    "/no-such-page",
]


@pytest.fixture(scope="module")
def busy_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """With something to show on every page."""
    with crowded(tmp_path_factory.mktemp("accessible")) as site:
        site.begin("ApprovalGate", "gate", {"order": 4711})
        site.begin("OrderSaga", "saga", {"fail": "ship"})
        site.begin("RetryDemo", "retry")
        site.begin("ShipOrder", "order-4711")
        begin(site, "Raising", "failed")
        begin(site, "HelloWorld", "late", queue=NOBODYS, executionTimeoutSeconds=1)
        wait_for(lambda: site.status("saga") == "COMPLETED", "end of the saga")
        wait_for(lambda: site.status("failed") == "FAILED", "end of the one that raises")
        wait_for(lambda: site.status("late") == "TIMED_OUT", "end of the one that nobody serves")
        wait_for(lambda: site.rest.execution("order-4711")["problem"], "problem of the stuck one")
        site.rest._call(
            "/bulk", {"action": "signal", "filters": {"idPrefix": "order-"}, "signalName": "hint"}
        )
        yield site


@pytest.fixture
def looked_at(busy_site: Site, browser: Browser) -> Iterator[Page]:
    with opened(browser, busy_site) as page:
        axe.put_into(page)
        yield page


def assert_well(page: Page) -> None:
    """However the page is looked at."""
    found = [f"{look}: {fault}" for look in appearances(page) for fault in axe.faults(page)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("path", PLACES)
def test_axe_finds_nothing_in_a_page(looked_at: Page, path: str) -> None:
    """Once it shows what it is about."""
    looked_at.goto(path)
    settle(looked_at)
    assert_well(looked_at)


def test_axe_finds_nothing_where_there_is_no_page(looked_at: Page) -> None:
    """Where a link within the page leads to an address that it does not know."""
    looked_at.goto("/workers")
    settle(looked_at)
    looked_at.evaluate(
        "() => { history.pushState({}, '', '/nowhere'); dispatchEvent(new PopStateEvent('popstate')); }"
    )
    looked_at.get_by_role("heading", name="Not found").wait_for()
    assert_well(looked_at)


def _palette(page: Page) -> None:
    page.keyboard.press("Control+k")


def _help(page: Page) -> None:
    page.keyboard.press("?")


def _act(name: str) -> Callable[[Page], None]:
    def press(page: Page) -> None:
        page.get_by_role("button", name=name, exact=True).first.click()

    return press


@pytest.mark.parametrize(
    ("path", "open_it"),
    [
        pytest.param("/", _palette, id="palette"),
        pytest.param("/", _help, id="keyboard"),
        pytest.param("/workflows/gate", _act("Signal"), id="signal"),
        pytest.param("/workflows/gate", _act("Cancel"), id="cancel"),
        pytest.param("/workflows/gate", _act("Terminate"), id="terminate"),
        pytest.param("/workflows/late", _act("Retry"), id="retry"),
    ],
)
def test_axe_finds_nothing_in_a_dialog(looked_at: Page, path: str, open_it: Callable[[Page], None]) -> None:
    """While it is open over its page."""
    looked_at.goto(path)
    settle(looked_at)
    open_it(looked_at)
    looked_at.get_by_role("dialog").wait_for()
    assert_well(looked_at)


def test_axe_finds_what_is_wrong(looked_at: Page) -> None:
    """A picture without words, and a field without a label."""
    looked_at.goto("/start")
    settle(looked_at)
    looked_at.evaluate(
        "document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"data:,\"><input>')"
    )
    assert {"image-alt", "label"} <= {fault.id for fault in axe.faults(looked_at)}
