"""The server goes away and comes back while people look: pages say so, keep what they show, and catch up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.chromium import as_anybody
from tests.browser.looks import reads, row_of, sees, without_a_reload
from tests.browser.site import ServedSite, Site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.e2e]


@pytest.fixture
def patient(ground: Site, browser: Browser) -> Iterator[Page]:
    """The page of somebody who stays although the server goes."""
    with as_anybody(browser, ground, away=True) as page:
        yield page
    if ground.process.returncode is not None:  # of a test that failed on its way; others use the site, too
        ground.come_back()


def loss(page: Page) -> Locator:
    return page.get_by_role("status").get_by_text("No live connection since")


def happen_meanwhile(ground: Site) -> None:
    """A signal and a start. Where engines run apart, the page's server is not back yet; else it has just come back."""
    if isinstance(ground, ServedSite):
        client = ground.stacks[0].client
        client.handle("left-alone").signal("approve", "by another door")
        client.start("HelloWorld", "ada", workflow_id="left-meanwhile")
        ground.come_back()
    else:
        ground.come_back()
        ground.rest.signal("left-alone", "approve", "by another door")
        ground.begin("HelloWorld", "left-meanwhile", "ada")


def test_pages_say_it_keep_what_they_show_and_catch_up(ground: Site, patient: Page) -> None:
    """A run's page and the list side by side; what happened meanwhile is there without a reload."""
    ground.begin("ApprovalGate", "left-alone")
    patient.goto("/workflows/left-alone?view=list")
    table = patient.context.new_page()
    table.goto("/workflows?idPrefix=left-")
    sees(patient, "Running", "for any signal")
    reads(row_of(table, "left-alone"), "Running")
    with without_a_reload(patient), without_a_reload(table):
        ground.leave()
        for page in (patient, table):
            reads(loss(page), "what is shown may be old. Reconnecting…")
        sees(patient, "Running", "for any signal")
        reads(row_of(table, "left-alone"), "Running")

        happen_meanwhile(ground)
        sees(patient, "Completed", '"approved"')
        happened = patient.get_by_role("listbox", name="What happened, newest first")
        reads(happened.get_by_role("option"), "approve")
        reads(row_of(table, "left-alone"), "Completed")
        reads(row_of(table, "left-meanwhile"), "Completed")
        for page in (patient, table):
            loss(page).wait_for(state="hidden")


def test_what_is_asked_for_meanwhile_is_refused_and_done_once_later(ground: Site, patient: Page) -> None:
    """The dialog keeps what was written; to press again when the server is back does it."""
    ground.begin("ApprovalGate", "asked-in-vain")
    patient.goto("/workflows/asked-in-vain")
    sees(patient, "Running", "for any signal")
    with without_a_reload(patient):
        patient.get_by_role("button", name="Signal", exact=True).click()
        asked = patient.get_by_role("dialog", name="Send a signal")
        asked.get_by_label("Signal name").fill("approve")
        asked.get_by_label("Reason").fill("asked twice")
        ground.leave()
        asked.get_by_role("button", name="Send signal").click()
        reads(asked.get_by_role("alert"), "The server does not answer.")
        ground.come_back()
        asked.get_by_role("button", name="Send signal").click()
        asked.wait_for(state="hidden")
        sees(patient, "Completed", '"approved"')
    events = ground.rest.event_types("asked-in-vain")
    assert events.count("SignalReceived") == 1
