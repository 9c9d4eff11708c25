"""A history of 10,000 events, and a list of thousands of workflows: they open and scroll without a stop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import pytest

from tests.browser.chromium import opened
from tests.browser.crowded import begin_many, crowded, tell_story
from tests.browser.scrolling import scroll
from tests.browser.shown import settle
from tests.browser.site import Site
from tests.browser.tracing import traced
from tests.e2e.harness.waiting import wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.e2e, pytest.mark.timing]

EVENTS: Final = 10_000
CHAPTERS: Final = 61
"""Of 165 events and more."""
ROWS: Final = 3_000
TASK_MS_MAX: Final = 50
OPENING_MS_MAX: Final = 150
"""Of the worst task while a page is opened: to evaluate the code is one, and it is not slower for a longer history."""
NODES_MAX: Final = 2_000
LIST: Final = "[role=tabpanel] :has(> [role=listbox])"
_READ: Final = r"""() => document.querySelector("[role=listbox]") !== null
    && !/\d of [\d,.]+ events/.test(document.querySelector("main").innerText)"""


@pytest.fixture(scope="module")
def long_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """With one long history and many workflows."""
    with crowded(tmp_path_factory.mktemp("long")) as site:
        begin_many(site, ROWS)
        assert tell_story(site, "story", CHAPTERS, seconds=400) >= EVENTS
        yield site


@pytest.mark.parametrize("view", ["timeline", "list", "json"])
def test_a_long_history_opens_and_scrolls(long_site: Site, browser: Browser, view: str) -> None:
    """Each view of it, while the workflow runs."""
    with opened(browser, long_site) as page:
        with traced(page) as opening:
            page.goto(f"/workflows/story?view={view}")
            settle(page)
            wait_for(lambda: page.evaluate(_READ), "whole history", seconds=120)
        assert opening.longest[0] <= OPENING_MS_MAX, opening.longest
        with traced(page) as scrolling:
            met = scroll(page, LIST)
        assert met.rows > EVENTS / 4, "the scroll did not pass the history"
        assert met.nodes < NODES_MAX
        assert scrolling.longest[0] <= TASK_MS_MAX, scrolling.longest


def test_a_long_list_scrolls(long_site: Site, browser: Browser) -> None:
    """Down to its end, while further pages of it are read."""
    with opened(browser, long_site) as page:
        page.goto("/workflows")
        settle(page)
        with traced(page) as reading:
            most = _to_the_end(page)
        with traced(page) as scrolling:
            met = scroll(page)
        assert met.rows >= ROWS * 0.9
        assert max(most, met.nodes) < NODES_MAX
        assert max(reading.longest[0], scrolling.longest[0]) <= TASK_MS_MAX, (
            reading.longest,
            scrolling.longest,
        )


def test_a_task_that_is_long_is_found(long_site: Site, browser: Browser) -> None:
    """One that keeps the processor for a tenth of a second; one that only waits is not."""
    with opened(browser, long_site) as page:
        page.goto("/start")
        settle(page)
        with traced(page) as busy:
            page.evaluate(
                "() => { const until = performance.now() + 100; while (performance.now() < until); }"
            )
        with traced(page) as idle:
            page.evaluate("() => new Promise((over) => setTimeout(over, 100))")
        assert busy.longest[0] > TASK_MS_MAX
        assert idle.longest[0] < TASK_MS_MAX


def _to_the_end(page: Page) -> int:
    """Scrolls down until all pages of the list are read; the most elements that it took."""
    most = 0

    def ended() -> bool:
        nonlocal most
        page.evaluate("() => window.scrollTo(0, document.body.scrollHeight)")
        most = max(most, page.evaluate("() => document.querySelectorAll('*').length"))
        return bool(page.get_by_text(f"All {ROWS + 1:,} are shown.").count())

    wait_for(ended, "end of the list", seconds=120)
    return most
