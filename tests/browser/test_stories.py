"""What operators come for, on each ground that sched runs on: start and watch; find, understand, signal, cancel."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.browser.looks import holds, offered, reads, row_of, sees, without_a_reload
from tests.browser.site import Site
from tests.e2e.harness.waiting import wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.e2e]


def test_start_from_the_form_and_watch_it_finish(ground: Site, desk: Page) -> None:
    """What is wrong is said beside its field, and nothing is started; what is right is seen to its end."""
    desk.get_by_role("link", name="Start a workflow").click()
    with without_a_reload(desk):
        kind = desk.get_by_label("Type", exact=True)
        wait_for(lambda: "ApprovalGate" in offered(kind), "suggestion of what workers know")
        kind.fill("NobodyKnowsThis")
        sees(desk, "No worker has registered this type: it will wait until one does.")
        kind.fill("ApprovalGate")
        desk.get_by_label("Workflow id").fill("from-the-form")
        desk.get_by_label("Task queue").fill("default")
        desk.get_by_label("Input").fill('{"order": 4711,\n "amount": 1.10,}')
        desk.get_by_text("Timeout, policies, memo, search attributes").click()
        desk.get_by_label("Execution timeout").fill("-5")
        desk.get_by_label("Memo").fill('{"rate": 0.50}')
        desk.get_by_role("button", name="Start", exact=True).click()
        sees(desk, '"-5" must be a number greater than 0, as 90 or 1.5')
        reads(desk.get_by_role("alert"), "Line 2, column 17")
        assert desk.evaluate("document.activeElement.labels[0].innerText").startswith("Input")
        assert desk.url.endswith("/start")

        desk.get_by_label("Input").fill('{"order": 4711,\n "amount": 1.10}')
        desk.get_by_label("Execution timeout").fill("5")
        desk.get_by_role("button", name="Start", exact=True).click()
        desk.wait_for_url(re.compile(r"/workflows/from-the-form\?runId=."))
        desk.get_by_role("status").get_by_text("from-the-form has started").wait_for()
        desk.get_by_role("heading", name="ApprovalGate").wait_for()
        sees(desk, "Running", "for any signal", "1.10", "0.50")
        ground.rest.signal("from-the-form", "approve", {"by": "phone"})
        sees(desk, "Completed", '"approved"')
        desk.get_by_role("status").get_by_text("ApprovalGate: Completed").wait_for(state="attached")


MANY = 40
"""Runs that are well, among which others are to be found."""


@pytest.fixture(scope="module")
def crowd(ground: Site) -> Site:
    """One that waits for all that one can wait for, some that are to be steered, and many others."""
    for number in range(MANY):
        ground.begin("HelloWorld", f"hello-{number}")
    ground.begin("Shipment", "order-4711", {"order": 4711})
    for number in (4712, 4713, 4714, 4715):
        ground.begin("ApprovalGate", f"order-{number}")
    ground.begin("UncaughtFailure", "order-4716")
    wait_for(lambda: ground.status("order-4716") == "FAILED", "failure")
    return ground


def dialog(page: Page, title: str) -> Locator:
    return page.get_by_role("dialog", name=title)


def act(page: Page, name: str) -> None:
    """The button of the run that is shown."""
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def test_find_one_among_many_understand_it_and_signal_it(crowd: Site, desk: Page) -> None:
    """What the list is narrowed by is in the address: a reload and the way back keep it. What it waits for is told."""
    desk.get_by_role("link", name="Workflows", exact=True).click()
    desk.get_by_role("tab", name="Running").click()
    desk.wait_for_url("**/workflows?status=RUNNING")
    desk.get_by_label("Id begins with").fill("order-471")
    desk.wait_for_url("**/workflows?status=RUNNING&idPrefix=order-471")
    row_of(desk, "order-4711").wait_for()
    assert row_of(desk, "hello-1").count() == row_of(desk, "order-4716").count() == 0

    desk.reload()
    row_of(desk, "order-4711").get_by_role("link").click()
    desk.wait_for_url("**/workflows/order-4711?runId=*")
    desk.go_back()
    desk.wait_for_url("**/workflows?status=RUNNING&idPrefix=order-471")
    assert desk.get_by_role("tab", name="Running").get_attribute("aria-selected") == "true"
    holds(desk.get_by_label("Id begins with"), "order-471")
    row_of(desk, "order-4711").get_by_role("link").click()

    waits = desk.get_by_role("main").get_by_role("listitem")
    reads(
        waits.filter(has_text="BookCarrier"),
        re.compile("attempt [2-9]"),
        "NoCarrier: the carrier does not answer",
    )
    reads(waits.filter(has_text="Timer"), "for 2 h", "fires in")
    reads(waits.filter(has_text="Wait"), "for release")

    desk.get_by_role("tab", name="List").click()
    with without_a_reload(desk):
        act(desk, "Signal")
        asked = dialog(desk, "Send a signal")
        holds(asked.get_by_label("Signal name"), "release")
        asked.get_by_label("Payload").fill('{"by": ada}')
        reads(asked.get_by_role("alert"), "Line 1, column 8")
        asked.get_by_label("Payload").fill('{"by": "ada", "weight": 1.10}')
        asked.get_by_label("Reason").fill("the carrier called back")
        asked.get_by_role("button", name="Send signal").click()
        desk.get_by_role("status").get_by_text("Signal sent").wait_for()
        happened = desk.get_by_role("listbox", name="What happened, newest first")
        happened.get_by_role("option", name=re.compile("Signal release")).click()
        reads(desk.get_by_role("complementary", name="Signal release"), "1.10", '"ada"', "SignalReceived")
        sees(desk, "Completed")


def test_cancel_terminate_and_retry(crowd: Site, desk: Page) -> None:
    """Each tells what it will do, asks for a reason, and what becomes of it is seen without a reload."""
    with without_a_reload(desk):
        go_to(desk, "order-4712")
        act(desk, "Cancel")
        asked = dialog(desk, "Cancel this workflow?")
        reads(asked, "Its code may clean up first")
        asked.get_by_role("button", name="Leave it running").click()
        asked.wait_for(state="hidden")
        assert crowd.status("order-4712") == "RUNNING"
        act(desk, "Cancel")
        asked.get_by_label("Reason").fill("ordered twice")
        asked.get_by_role("button", name="Ask it to stop").click()
        sees(desk, "Canceled")

        go_to(desk, "order-4713")
        act(desk, "Terminate")
        asked = dialog(desk, "Terminate this workflow?")
        asked.get_by_label("Reason").fill("wrong customer")
        asked.get_by_role("button", name="Terminate").click()
        reads(asked.get_by_role("alert"), "This is not the id of the workflow.")
        asked.get_by_label("Type the workflow id to confirm").fill("order-4713")
        asked.get_by_role("button", name="Terminate").click()
        sees(desk, "Terminated")

        go_to(desk, "order-4716")
        reads(desk.get_by_role("main"), "OutOfStock", "sold out")
        before = desk.url
        act(desk, "Retry")
        asked = dialog(desk, "Run this workflow again?")
        asked.get_by_label("Reason").fill("in stock again")
        asked.get_by_role("button", name="Start a new run").click()
        desk.wait_for_url(lambda url: url != before and "/workflows/order-4716?runId=" in url)
        reads(desk.get_by_role("main"), "repeated by this one")

    desk.get_by_role("link", name="Audit").click()
    said = desk.get_by_role("table", name="Audit").get_by_role("row").filter(has_text="anybody")
    for action, workflow_id, reason in (
        ("cancel", "order-4712", "ordered twice"),
        ("terminate", "order-4713", "wrong customer"),
        ("retry", "order-4716", "in stock again"),
    ):
        reads(said.filter(has_text=workflow_id), re.compile(f"{action}.*{reason}"))


def test_a_few_are_chosen_and_terminated_together(crowd: Site, desk: Page) -> None:
    """The list shows what becomes of them."""
    desk.goto("/workflows?idPrefix=order-471")
    with without_a_reload(desk):
        for workflow_id in ("order-4714", "order-4715"):
            desk.get_by_label(f"Select {workflow_id}").check()
        desk.get_by_role("toolbar", name="Selected workflows").get_by_role("button", name="Terminate").click()
        asked = desk.get_by_role("dialog")
        reads(asked, "2 of those selected, running.", "order-4714", "order-4715")
        asked.get_by_label("Reason").fill("end of season")
        asked.get_by_label("Type 2 to confirm").fill("2")
        asked.get_by_role("button", name="Terminate 2").click()
        for workflow_id in ("order-4714", "order-4715"):
            reads(row_of(desk, workflow_id), "Terminated")


def test_a_palette_leads_to_an_id_by_the_keyboard_alone(crowd: Site, desk: Page) -> None:
    """From any page; Escape leaves it where one was."""
    desk.get_by_role("heading", name="Overview").wait_for()
    desk.keyboard.press("Control+k")
    palette = dialog(desk, "Search and commands")
    palette.wait_for()
    desk.keyboard.press("Escape")
    palette.wait_for(state="hidden")
    assert desk.url == f"{crowd.root}/"
    go_to(desk, "hello-17")
    desk.get_by_role("heading", name="HelloWorld").wait_for()


def go_to(page: Page, workflow_id: str) -> None:
    """By keys: the palette, the id, and Enter on what is found."""
    page.keyboard.press("Control+k")
    palette = dialog(page, "Search and commands")
    palette.wait_for()
    page.keyboard.type(workflow_id)
    palette.get_by_role("option", selected=True).filter(has_text=workflow_id).wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/workflows/{workflow_id}?runId=*")
    sees(page, workflow_id)
