"""The operators' story in a browser, against engine, web and worker as `make up` has them.

One execution among many is stuck. Who is on call finds it, sees why, and ends it; others are signalled, canceled and
started again; a viewer can only look; and the audit tells who did what.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.chromium import browser, logged_in
from tests.browser.site import USERS as _USERS
from tests.browser.site import Site
from tests.e2e.harness.waiting import wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["LIST", "_USERS", "Site", "browser", "logged_in"]

pytestmark = [pytest.mark.browser, pytest.mark.e2e]
MANY = 60
LIST = "/admin/sched_workflows/execution/"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """With many executions that are well, two that wait, and one that is stuck."""
    found = Site(tmp_path_factory.mktemp("browser"))
    try:
        found.wait()
        found.shell(_USERS)
        for n in range(MANY):
            found.begin("HelloWorld", f"hello-{n}")
        for name in ("gate-1", "gate-2"):
            found.begin("ApprovalGate", name, {"secret": "the customer's name"})
        found.begin("ShipOrder", "order-4711", {"order": 4711})
        wait_for(lambda: found.rest.execution("order-4711")["problem"], "problem of the stuck one")
        yield found
    finally:
        found.process.stop()


def search(page: Page, text: str) -> None:
    page.goto(LIST)
    page.locator("#searchbar").fill(text)
    page.locator("#searchbar").press("Enter")


def act(page: Page, verb: str, **fields: str) -> str:
    """Presses an action's button on an execution's page, fills its form in and confirms; what the site says then."""
    page.get_by_label("Actions").get_by_role("link", name=verb, exact=True).click()
    for label, value in fields.items():
        page.get_by_label(re.compile(f"^{label.replace('_', ' ')}")).fill(value)
    page.get_by_role("button", name=f"{verb} 1 execution").click()
    return page.locator(".messagelist").inner_text()


def test_the_story_of_a_night(site: Site, browser: Browser) -> None:
    """From the front page to the audit."""
    with logged_in(browser, site, "operator") as page:
        page.get_by_role("link", name=re.compile("attention$")).first.click()
        row = page.get_by_role("row").filter(has_text="order-4711")
        assert "UNKNOWN_TYPE" in row.inner_text()
        assert "Start a worker that has this workflow type" in row.inner_text()
        row.get_by_role("link", name="order-4711").click()
        assert "Parked:" in page.locator(".sched-problem").first.inner_text()
        page.get_by_label("Actions").get_by_role("link", name="Terminate").click()
        page.get_by_role("button", name="Terminate 1 execution").click()
        assert "A reason is required" in page.locator(".errorlist").inner_text()
        page.get_by_label("Reason").fill("no such type: wrong release")
        page.get_by_role("button", name="Terminate 1 execution").click()
        assert "The execution was terminated." in page.locator(".messagelist").inner_text()
        wait_for(lambda: site.status("order-4711") == "TERMINATED", "end of the stuck one")

        search(page, "gate-")
        page.get_by_role("link", name="gate-1").click()
        assert "the customer's name" in page.content().replace("&#x27;", "'")
        told = act(page, "Signal", Signal_name="approve", Payload='{"by": "phone"}')
        assert "The execution was signalled." in told
        wait_for(lambda: site.status("gate-1") == "COMPLETED", "end of the gate that was signalled")

        search(page, "gate-2")
        page.get_by_role("link", name="gate-2").click()
        assert "asked to stop" in act(page, "Cancel", Reason="not wanted any more")
        wait_for(lambda: site.status("gate-2") == "CANCELED", "end of the gate that was canceled")

        page.goto(page.url)
        assert "started again" in act(page, "Retry", Reason="wanted after all")
        assert "Other runs of this workflow id" in page.content()
        assert site.status("gate-2") == "RUNNING"

        page.goto("/admin/sched_workflows/auditentry/")
        rows = page.locator("#result_list tbody tr").all_inner_texts()
        acts = [re.sub(r"\s+", " ", row) for row in rows]
        for expected in (
            "operator admin retry gate-2 wanted after all",
            "operator admin cancel gate-2 not wanted any more",
            "operator admin signal gate-1",
            "operator admin terminate order-4711 no such type: wrong release",
        ):
            assert any(expected in row for row in acts), (expected, acts)


def test_the_page_of_an_execution_follows_it(site: Site, browser: Browser) -> None:
    """Without a reload; what was opened stays open."""
    site.begin("ApprovalGate", "followed", "req-1")
    wait_for(lambda: site.rest.execution("followed")["historyLength"] >= 3, "the gate's wait")
    with logged_in(browser, site, "operator") as page:
        search(page, "followed")
        page.get_by_role("link", name="followed").click()
        opened = page.locator("#event-1 details")
        opened.locator("summary").click()
        page.evaluate("window.sameDocument = true")
        site.rest._call("/workflows/followed/signal", {"name": "approve", "payload": "req-1"})
        page.locator(".sched-facts .sched-completed").wait_for()
        page.locator("tr", has_text="WorkflowExecutionCompleted").wait_for()
        assert page.evaluate("window.sameDocument") is True
        assert opened.get_attribute("open") is not None
        assert page.locator(".sched-pending").count() == 0


def test_many_are_selected_in_the_list(site: Site, browser: Browser) -> None:
    """Box by box, with what will be skipped told before."""
    with logged_in(browser, site, "operator") as page:
        wait_for(lambda: site.status("hello-0") == "COMPLETED", "end of the first")
        search(page, "hello-1")
        page.locator("#action-toggle").check()
        page.get_by_label("Action:").select_option("terminate")
        page.get_by_role("button", name="Run").click()
        assert "Nothing will be terminated" in page.content()
        assert "it has ended (COMPLETED)" in page.content()


def test_a_viewer_can_only_look(site: Site, browser: Browser) -> None:
    """No actions, no payloads, no audit, no keys."""
    with logged_in(browser, site, "viewer") as page:
        assert page.get_by_role("link", name="API keys").count() == 0
        assert page.get_by_role("link", name="Audit entries").count() == 0
        search(page, "gate-1")
        assert page.locator("select[name=action]").count() == 0
        page.get_by_role("link", name="gate-1").click()
        assert page.get_by_label("Actions").count() == 0
        assert "hidden: you lack the permission to see payloads" in page.content()
        assert "customer" not in page.content()
        answer = page.goto("/admin/sched/act/terminate/")
        assert answer is not None
        assert answer.status == 403


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_is_wide_enough(site: Site, browser: Browser, scheme: str) -> None:
    """No page of an execution, of what needs attention or of an act is wider than the screen."""
    with logged_in(
        browser, site, "operator", viewport={"width": 390, "height": 800}, color_scheme=scheme
    ) as page:
        search(page, "order-4711")
        page.get_by_role("link", name="order-4711").first.click()
        for path in (page.url, "/admin/", "/admin/sched/attention/", "/admin/sched/tasks/"):
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
