"""One page until it has settled; then a picture of it in each theme and width."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.browser.screenshots.states import ERROR, LOST, Server
from tests.browser.screenshots.views import View

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

THEMES: Final = ("light", "dark")
WIDTHS: Final = {1440: 900, 390: 844}
"""Of a desk and of a telephone, each with the height of its window."""
WHOLE_MAX: Final = 2_400
"""Pixels: what is further down is more of the same."""
LOOK_MS: Final = 250
LOOKS_MAX: Final = 40
AWAY: Final = dt.timedelta(seconds=95)


class Unsettled(Exception):
    """A page never looked the same twice, or never told what became of what it asked for."""


class Camera:
    """Takes pictures into a folder.

    Args:
        themes, widths: those that are asked for.
    """

    def __init__(
        self, browser: Browser, folder: Path, *, themes: tuple[str, ...], widths: tuple[int, ...]
    ) -> None:
        self._browser = browser
        self._folder = folder
        self._themes = themes
        self._widths = widths

    def take(self, view: View, state: str, root: str) -> list[Path]:
        """The pictures of one page in one state. A page is opened once and then changed, as a reader might do."""
        width, height = next(iter(WIDTHS.items()))
        context = self._browser.new_context(
            base_url=root,
            viewport={"width": width, "height": height},
            reduced_motion="reduce",
            color_scheme="light",
            locale="en-GB",
            timezone_id="UTC",
        )
        with context:
            page = self._opened(context, view, state)
            return [
                self._shot(page, view, state, theme, width)
                for width in self._widths
                for theme in self._themes
            ]

    def _opened(self, context: BrowserContext, view: View, state: str) -> Page:
        server = Server(context, state)
        page = context.new_page()
        now = dt.datetime.now(dt.UTC)
        page.clock.set_fixed_time(now)  # ages stand still; timers run
        page.goto(view.path)
        _wait_for_content(page)
        view.reach(page)
        if state == LOST:
            server.fail(page)
        if state in (ERROR, LOST):
            page.clock.set_fixed_time(now + AWAY)
            page.wait_for_timeout(_POLLED_MS)
        _wait_for_content(page)
        return page

    def _shot(self, page: Page, view: View, state: str, theme: str, width: int) -> Path:
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
        page.set_viewport_size({"width": width, "height": WIDTHS[width]})
        page.mouse.move(0, 0)
        _settle(page)
        if view.whole:
            height = int(page.evaluate("document.documentElement.scrollHeight"))
            page.set_viewport_size({"width": width, "height": min(max(height, WIDTHS[width]), WHOLE_MAX)})
        path = self._folder / f"{view.name}.{state}.{theme}.{width}.png"
        path.write_bytes(_settle(page))
        return path


# What no subscription serves is asked for every two seconds; by then it was refused.
_POLLED_MS: Final = 2_500
_ASKED_AGAIN_MS: Final = 20_000


def _wait_for_content(page: Page) -> None:
    """Until nothing is a placeholder: what is refused is asked for again three times before the page says so."""
    from playwright.sync_api import expect

    try:
        expect(page.locator("[class*=skeleton]")).to_have_count(0, timeout=_ASKED_AGAIN_MS)
    except AssertionError:
        raise Unsettled(
            f"{page.url} has placeholders still, and says of nothing that it could not be read"
        ) from None
    _settle(page)


def _settle(page: Page) -> bytes:
    """Waits until fonts are there and two looks in a row are the same; the last look."""
    page.evaluate("document.fonts.ready.then(() => true)")
    before = b""
    for _ in range(LOOKS_MAX):
        look = page.screenshot(caret="hide", animations="disabled")
        if look == before:
            return look
        before = look
        page.wait_for_timeout(LOOK_MS)
    raise Unsettled(f"{page.url} still changes after {LOOKS_MAX * LOOK_MS / 1000:g} s")
