"""Chromium, and pages in it that must give nobody reason to complain.

A page that writes an error to the console, throws, breaks the content security policy or asks another site for anything
fails its test, whatever the test is about.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.browser.site import PASSWORD, Site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
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
def opened(browser: Browser, site: Site, **context: Any) -> Iterator[Page]:
    """A page of nobody's, before it has gone anywhere."""
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
    assert [told for told in complaints if "responded with a status" not in told] == []
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
        yield page


def log_in(page: Page, who: str) -> None:
    """Fills in the form that is shown: the dashboard's or the admin's."""
    page.get_by_label("Username").fill(who)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
