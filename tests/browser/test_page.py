"""The page in a browser: it opens, whatever it shows; it leads to the login, and back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pytest

from tests.browser.chromium import ask, log_in, opened
from tests.browser.conftest import WORKERS
from tests.browser.site import ServedSite, Site
from tests.e2e.harness.waiting import wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.e2e]

_IDENTITIES = """async () => {
    const {workers} = await (await fetch("/api/workers")).json();
    return [...new Set(workers.map(({identity}) => identity))];
}"""

BEYOND: Final = """
[...document.querySelectorAll("#workflow-list [role=cell], #workflow-list [role=columnheader]")].filter((cell) => {
    const frame = cell.closest("[role=table]").parentElement.getBoundingClientRect();
    return cell.getBoundingClientRect().right > frame.right;
}).map((cell) => cell.innerText)
"""
"""Cells of the list that reach out of its frame."""


def shown(page: Page) -> str:
    """What the page's script has made."""
    root = page.locator("#root:not(:empty)")
    root.wait_for()
    return root.inner_text()


@pytest.mark.parametrize("path", ["/", "/workflows?status=RUNNING", "/queues/default", "/workflows/order-1"])
def test_it_opens_without_a_login_where_access_is_open(site: Site, browser: Browser, path: str) -> None:
    """At whatever address; its files are found from there, and nothing breaks the policy."""
    with opened(browser, site) as page:
        page.goto(path)
        assert shown(page)
        assert page.evaluate("document.cookie.includes('csrftoken=')")


def test_what_could_not_be_read_is_said(site: Site, browser: Browser) -> None:
    """Each part says so by itself, and the palette does not take silence for "there is none"."""
    with opened(browser, site) as page:
        page.route(
            "**/api/workflows?*",
            lambda route: route.fulfill(
                status=500, json={"code": "X", "detail": "no answer"}, content_type="application/problem+json"
            ),
        )
        site.begin("HelloWorld", "seen-by-counts", "ada")
        page.goto("/")
        activity = page.get_by_role("region", name="Activity")
        activity.get_by_role("alert").filter(has_text="no answer").wait_for()
        page.keyboard.press("Control+k")
        page.get_by_role("combobox").fill("seen-by")
        page.get_by_text("Workflow ids could not be looked for: no answer").wait_for()
        assert page.get_by_text("begins so").count() == 0


def test_who_is_not_known_is_led_to_the_login_and_back(guarded_site: Site, browser: Browser) -> None:
    """To the address that they had asked for."""
    with opened(browser, guarded_site) as page:
        page.goto("/workflows?status=RUNNING")
        page.wait_for_url("**/login?next=*")
        log_in(page, "viewer")
        page.wait_for_url("**/workflows?status=RUNNING")
        assert shown(page)


def test_each_role_has_its_page(operator: Page, viewer: Page) -> None:
    """Side by side, each with a session of its own."""
    for page, name in ((operator, "operator"), (viewer, "viewer")):
        assert shown(page)
        assert page.evaluate("fetch('/api/me').then(answer => answer.json())")["name"] == name


def test_it_opens_beside_two_engines(served_site: ServedSite, browser: Browser) -> None:
    """On Postgres and Redis; all workers are connected, and what is started is done."""
    with opened(browser, served_site) as page:
        page.goto("/")
        assert shown(page)
        wait_for(lambda: len(page.evaluate(_IDENTITIES)) == sum(WORKERS), "all workers")
    served_site.begin("HelloWorld", "hello", "ada")
    wait_for(lambda: served_site.status("hello") == "COMPLETED", "end of what was started")


@pytest.mark.parametrize("width", [900, 1_000, 1_100, 1_281])
def test_the_list_stays_in_its_frame(site: Site, browser: Browser, width: int) -> None:
    """No column reaches beyond it, nor the page beyond the window."""
    with opened(browser, site) as page:
        page.set_viewport_size({"width": width, "height": 800})
        page.goto("/workflows")
        body = {"workflowName": "A" * 60, "workflowId": f"wide-{width}-{'x' * 100}", "taskQueue": "q" * 60}
        assert ask(page, "/workflows", body).ok
        page.get_by_role("cell", name=re.compile(f"^wide-{width}-")).wait_for()
        assert page.evaluate(BEYOND) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
