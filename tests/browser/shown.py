"""When a page shows what it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.e2e.harness.waiting import wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Page

_SETTLED: Final = """() => document.querySelector("h1") !== null && document.fonts.status === "loaded"
    && document.querySelector("[aria-busy=true], [class*=skeleton i]") === null"""


def settle(page: Page) -> None:
    """Waits until the page has a heading, its fonts, and nothing that stands for what is still being read."""
    wait_for(lambda: page.evaluate(_SETTLED), "page that has read all it shows")
