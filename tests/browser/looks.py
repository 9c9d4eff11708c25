"""What is looked for on a page: as a person sees it, and for as long as a person would wait for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.e2e.harness.waiting import wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


@contextmanager
def without_a_reload(page: Page) -> Iterator[None]:
    """What happens meanwhile happens in the document that is shown now."""
    page.evaluate("window.sameDocument = true")
    yield
    assert page.evaluate("window.sameDocument"), f"{page.url} was loaded anew"


def sees(page: Page, *texts: str) -> None:
    """Waits until each of them is in sight, as all that an element says."""
    for text in texts:
        page.get_by_role("main").get_by_text(text, exact=True).first.wait_for()


def reads(place: Locator, *texts: str | re.Pattern[str]) -> None:
    """Waits until the place says all of them, among other things."""
    for text in texts:
        place.filter(has_text=text).first.wait_for()


def holds(field: Locator, value: str) -> None:
    """Waits until that is what stands in the field."""
    wait_for(lambda: field.input_value() == value, f"{value!r} in the field")


def offered(field: Locator) -> list[str]:
    """What the browser suggests in a field with suggestions."""
    found: list[str] = field.evaluate("field => [...field.list.options].map(option => option.value)")
    return found


def row_of(page: Page, workflow_id: str) -> Locator:
    """Of the list of workflows; of one that is there at all."""
    link = page.get_by_role("link", name=workflow_id, exact=True)
    return page.get_by_role("table", name="Workflows").get_by_role("row").filter(has=link)
