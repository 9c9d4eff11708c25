"""Who may only look sees neither what can be done nor what is secret, and is told why; sessions end and lead back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.browser.chromium import ask, at_the_dashboard, log_in
from tests.browser.looks import reads, sees
from tests.browser.site import Site
from tests.e2e.harness.waiting import wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.e2e]

SECRET: Final = "the customer's name"
KEPT: Final = {"kept-gate": "ApprovalGate", "kept-failure": "Refusal", "kept-stuck": "NobodyKnows"}
DEEDS: Final = re.compile("^(Start|Start a workflow|Signal|Cancel|Terminate|Retry|All that match|Stop.*)$")
"""What buttons and links are called that do something to executions."""
GATE: Final = "/workflows/kept-gate"
SEEN: Final = {
    "/": "Overview",
    "/workflows": "kept-gate",
    GATE: "Hidden: you may not see payloads.",
    f"{GATE}?view=json": "WorkflowExecutionStarted",
    "/workflows/kept-failure": "Message and stack are hidden: you may not see payloads.",
    "/queues": "default",
    "/queues/default": "default",
    "/workers": "default",
    "/attention": "kept-stuck",
    "/bulk": "Bulk operations",
}
"""What pages show to a viewer, and by what one knows that they have come."""
ENDS: Final = "from django.contrib.sessions.models import Session; Session.objects.all().delete()"


@pytest.fixture(scope="module")
def kept(guarded_site: Site, browser: Browser) -> Site:
    """Runs with something to hide, and one that needs somebody."""
    guarded_site.start_worker()
    with at_the_dashboard(browser, guarded_site, "operator") as page:
        for workflow_id, name in KEPT.items():
            body = {"workflowName": name, "workflowId": workflow_id, "input": {"secret": SECRET}}
            assert ask(page, "/workflows", body).ok
        wait_for(lambda: described(page, "kept-failure")["status"] == "FAILED", "failure")
        wait_for(lambda: described(page, "kept-stuck")["problem"], "problem of the stuck one")
    return guarded_site


def described(page: Page, workflow_id: str) -> Any:
    return page.request.get(f"/api/workflows/{workflow_id}").json()


def deeds(page: Page) -> list[str]:
    """What can be done to executions on the page that is shown."""
    found = [page.get_by_role(role, name=DEEDS) for role in ("button", "link")]
    boxes = page.get_by_role("checkbox", name=re.compile("^Select"))
    return [text for each in (*found, boxes) for text in each.all_inner_texts()]


def test_a_viewer_sees_nothing_to_do_and_no_payloads(kept: Site, viewer: Page) -> None:
    """On no page; what stands in the place of payloads says why."""
    pushed: list[str] = []
    viewer.on("websocket", lambda socket: socket.on("framereceived", lambda frame: pushed.append(str(frame))))
    for path, text in SEEN.items():
        viewer.goto(path)
        # Until it is known who looks, nobody has anything to do.
        viewer.get_by_role("button", name=re.compile("^viewer:")).wait_for()
        reads(viewer.get_by_role("main"), text)
        assert deeds(viewer) == [], path
        assert SECRET not in viewer.content(), path
    assert any("kept-gate" in frame for frame in pushed)
    assert not any(SECRET in frame for frame in pushed)
    pages = viewer.get_by_role("navigation", name="Pages").inner_text()
    assert "Workers" in pages
    assert "Audit" not in pages
    assert "Start" not in pages
    viewer.keyboard.press("Control+k")
    palette = viewer.get_by_role("dialog", name="Search and commands")
    palette.get_by_role("combobox").fill("start")
    reads(palette, "No page, action or workflow id begins so.")


def test_an_operator_sees_both(kept: Site, operator: Page) -> None:
    """So that what a viewer does not see is known to be there; what is done bears the name of who did it."""
    operator.goto("/workflows")
    reads(operator.get_by_role("main"), "kept-gate")
    assert {"Start", "All that match"} <= {text.strip() for text in deeds(operator)}
    assert operator.get_by_role("checkbox", name="Select kept-gate").is_visible()
    operator.goto(GATE)
    sees(operator, f'"{SECRET}"')
    assert {text.strip() for text in deeds(operator)} >= {"Signal", "Cancel", "Terminate", "Start a workflow"}
    operator.goto("/workflows/kept-failure")
    reads(operator.get_by_role("main"), f"refused to {SECRET}")
    assert "Retry" in deeds(operator)
    operator.goto("/audit?workflowId=kept-gate")
    entry = operator.get_by_role("table", name="Audit").get_by_role("row").filter(has_text="kept-gate")
    reads(entry, re.compile("operator.*start"))


@pytest.mark.parametrize(
    ("path", "title", "why"),
    [
        ("/start", "You may not start workflows", "The role of an operator is needed for that"),
        ("/start?workflowName=HelloWorld", "You may not start workflows", "sched operator"),
        ("/audit", "You may not see the audit", "operators have it"),
    ],
)
def test_what_a_viewer_types_by_hand_is_refused(
    kept: Site, viewer: Page, path: str, title: str, why: str
) -> None:
    """With a sentence that says what it takes."""
    viewer.goto(path)
    viewer.get_by_role("heading", name=title).wait_for()
    reads(viewer.get_by_role("main"), why)
    assert viewer.get_by_role("textbox").count() == 0


@pytest.mark.parametrize(
    ("path", "body", "action"),
    [
        ("/workflows", {"workflowName": "HelloWorld"}, "start"),
        ("/workflows/kept-gate/signal", {"name": "approve"}, "signal"),
        ("/workflows/kept-gate/cancel", {}, "cancel"),
        ("/workflows/kept-gate/terminate", {}, "terminate"),
        ("/workflows/kept-gate/retry", {}, "retry"),
        ("/bulk", {"action": "terminate", "filters": {"idPrefix": "kept-"}}, "terminate"),
    ],
)
def test_rest_refuses_a_viewer_the_same(kept: Site, viewer: Page, path: str, body: Any, action: str) -> None:
    """Whatever a page shows: the session may not do it, and the answer names what it lacks."""
    refusal = ask(viewer, path, body)
    assert refusal.status == 403
    assert refusal.json()["action"] == action
    assert described(viewer, "kept-gate")["status"] == "RUNNING"


def test_rest_hides_payloads_from_a_viewer(kept: Site, viewer: Page, operator: Page) -> None:
    """An operator gets them from the same addresses."""
    for path in (
        "/api/workflows/kept-gate",
        "/api/workflows/kept-gate/history",
        "/api/workflows/kept-failure",
    ):
        assert SECRET in operator.request.get(path).text()
        assert SECRET not in viewer.request.get(path).text()


def test_signing_out_ends_it(kept: Site, viewer: Page) -> None:
    """The way back leads to the login."""
    viewer.get_by_role("button", name=re.compile("^viewer:")).click()
    viewer.get_by_role("menuitem", name="Sign out").click()
    viewer.wait_for_url("**/login*")
    viewer.goto(GATE)
    viewer.wait_for_url("**/login?next=*")
    assert viewer.request.get("/api/workflows/kept-gate").status == 401


def test_a_session_that_ends_meanwhile_takes_nothing_that_was_typed(kept: Site, operator: Page) -> None:
    """The login stands apart, leads to what was looked at, and after it what was typed can be sent."""
    operator.goto(f"{GATE}?view=list")
    sees(operator, f'"{SECRET}"')
    operator.get_by_role("button", name="Signal", exact=True).click()
    asked = operator.get_by_role("dialog", name="Send a signal")
    asked.get_by_label("Signal name").fill("a-remark")
    asked.get_by_label("Payload").fill('"half typed"')
    kept.shell(ENDS)
    asked.get_by_role("button", name="Send signal").click()
    asked.get_by_text("You are signed out.").wait_for()
    with operator.context.expect_page() as opened:
        asked.get_by_role("link", name="Log in").click()
    login = opened.value
    log_in(login, "operator")
    login.wait_for_url(f"**{GATE}?view=list")
    assert asked.get_by_label("Payload").input_value() == '"half typed"'
    asked.get_by_role("button", name="Send signal").click()
    operator.get_by_role("status").get_by_text("Signal sent").wait_for()
    asked.wait_for(state="detached")
    assert operator.get_by_text("You are signed out.").count() == 0
