"""What the first view of each page costs on the wire: opened cold, and as the server sends it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.browser.chromium import opened
from tests.browser.shown import settle
from tests.browser.site import Site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.e2e]

SCRIPT_BYTES_MAX: Final = 200_000
PLACES: Final = [
    "/",
    "/workflows",
    "/workflows/weighed",
    "/start",
    "/queues",
    "/queues/default",
    "/workers",
    "/attention",
    "/audit",
    "/bulk",
]


@dataclass  # without slots, for Playwright marks who listens
class Wire:
    """Scripts that a page asked for, by the browser's id of the request.

    Attributes:
        plain: addresses of those that came as they are.
        bytes: of each one that has come, headers and all.
    """

    asked: set[str] = field(default_factory=set)
    plain: set[str] = field(default_factory=set)
    bytes: dict[str, int] = field(default_factory=dict)

    @property
    def scripts(self) -> int:
        return sum(size for request, size in self.bytes.items() if request in self.asked)

    def answered(self, told: dict[str, Any]) -> None:
        if told["type"] != "Script":
            return
        self.asked.add(told["requestId"])
        names = {name.lower() for name in told["response"]["headers"]}
        if "content-encoding" not in names and int(told["response"]["headers"]["Content-Length"]) > 1_024:
            self.plain.add(told["response"]["url"])

    def ended(self, told: dict[str, Any]) -> None:
        self.bytes[told["requestId"]] = int(told["encodedDataLength"])


@contextmanager
def weighed(page: Page) -> Iterator[Wire]:
    """With nothing in the cache, and nothing taken from it."""
    wire = Wire()
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})
    devtools.on("Network.responseReceived", wire.answered)
    devtools.on("Network.loadingFinished", wire.ended)
    yield wire
    devtools.detach()


@pytest.mark.parametrize("path", PLACES)
def test_the_first_view_takes_little_script(site: Site, browser: Browser, path: str) -> None:
    """Compressed, and nothing of other pages with it."""
    if path == "/workflows/weighed":
        site.begin("ApprovalGate", "weighed")
    with opened(browser, site) as page, weighed(page) as wire:
        page.goto(path)
        settle(page)
        page.wait_for_load_state("networkidle")
        assert wire.asked, "no script was asked for"
        assert wire.plain == set()
        assert wire.scripts < SCRIPT_BYTES_MAX


def test_the_login_takes_none(guarded_site: Site, browser: Browser) -> None:
    """It is a form."""
    with opened(browser, guarded_site) as page, weighed(page) as wire:
        page.goto("/login")
        page.get_by_role("button", name="Log in").wait_for()
        assert wire.scripts == 0
