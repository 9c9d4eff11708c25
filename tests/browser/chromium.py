"""Chromium, and pages in it that must give nobody reason to complain.

A page that writes an error to the console, throws, breaks the content security policy or asks another site for anything
fails its test, whatever the test is about.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.browser.site import PASSWORD, Site

if TYPE_CHECKING:
    from playwright.sync_api import APIResponse, Browser, Page

BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
_REFUSED: Final = "responded with a status"
_AWAY: Final = ("net::ERR_", "WebSocket connection to")
_JSON: Final = {"Content-Type": "application/json"}
_OF_NOBODY: Final = ("data:", "blob:", "about:")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as found:
        yield found


@contextmanager
def launched() -> Iterator[Browser]:
    """The browser of this machine, until the block is left."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.fail("Chromium is needed here: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # Chromium's sandbox refuses root.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        found = playwright.chromium.launch(executable_path=path, args=arguments)
        yield found
        found.close()


@contextmanager
def opened(browser: Browser, site: Site, *, away: bool = False, **context: Any) -> Iterator[Page]:
    """A page of nobody's, before it has gone anywhere. `away`: the site will be, and the browser says so."""
    complaints: list[str] = []
    left: list[str] = []
    with browser.new_context(base_url=site.root, **context) as inside:
        page = inside.new_page()
        page.on("console", lambda told: complaints.append(told.text) if told.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        inside.on("request", lambda request: left.append(request.url))
        page.on("websocket", lambda socket: left.append(socket.url.replace("ws", "http", 1)))
        yield page
    # Answers that are refusals are what some tests are about; a policy that was broken, or a script, is not.
    expected = (_REFUSED, *(_AWAY if away else ()))
    assert [told for told in complaints if not any(part in told for part in expected)] == []
    assert [url for url in left if not url.startswith((f"{site.root}/", *_OF_NOBODY))] == []


@contextmanager
def logged_in(browser: Browser, site: Site, who: str, **context: Any) -> Iterator[Page]:
    """A page of somebody's who came by the admin's login."""
    with opened(browser, site, **context) as page:
        page.goto("/admin/login/")
        log_in(page, who)
        page.wait_for_url("**/admin/")
        yield page


@contextmanager
def at_the_dashboard(browser: Browser, site: Site, who: str, **context: Any) -> Iterator[Page]:
    """A page of somebody's who came by the dashboard's login, and is at its first page."""
    with opened(browser, site, **context) as page:
        page.goto("/login")
        log_in(page, who)
        page.wait_for_url(f"{site.root}/")
        arrive(page)
        yield page


@contextmanager
def as_anybody(browser: Browser, site: Site, **context: Any) -> Iterator[Page]:
    """A page at the dashboard of a site that asks nobody who they are."""
    with opened(browser, site, **context) as page:
        page.goto("/")
        arrive(page)
        yield page


def arrive(page: Page) -> None:
    """Until the dashboard is there, and hears keys."""
    page.get_by_role("navigation", name="Pages").wait_for()


def log_in(page: Page, who: str) -> None:
    """Fills in the form that is shown: the dashboard's or the admin's."""
    page.get_by_label("Username").fill(who)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


def ask(page: Page, path: str, body: Any) -> APIResponse:
    """A POST to REST by a program that has the page's session, and not its buttons."""
    tokens = [cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "csrftoken"]
    return page.request.post(f"/api{path}", data=json.dumps(body), headers=_JSON | {"X-CSRFToken": tokens[0]})
