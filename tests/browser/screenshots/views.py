"""The pages that are looked at: how each is reached, and in which states it has something to say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.browser.screenshots import shop
from tests.browser.screenshots.states import EMPTY, ERROR, LOADED, LOST, STATES

if TYPE_CHECKING:
    from playwright.sync_api import Page


def _as_it_opens(_page: Page) -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One page, or what lies over it.

    Attributes:
        reach: what is done on the page before it is looked at.
        whole: the picture shows the page to its end, not just what the window holds.
    """

    name: str
    path: str
    states: Sequence[str] = STATES
    reach: Callable[[Page], None] = _as_it_opens
    whole: bool = True


def _palette(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("ship")


def _help(page: Page) -> None:
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()


def _act(name: str) -> Callable[[Page], None]:
    def press(page: Page) -> None:
        page.get_by_role("button", name=name).first.click()
        page.get_by_role("dialog").wait_for()

    return press


def _event(page: Page) -> None:
    """The last bar of the timeline, with all that is known of it beside."""
    page.get_by_role("option").last.click()


def _select(page: Page) -> None:
    """Three rows; on a telephone there are no boxes, so it is done before the window is narrowed."""
    for box in page.get_by_role("checkbox").all()[1:4]:
        box.check()


def _refused_start(page: Page) -> None:
    page.get_by_role("button", name="Start", exact=True).first.click()


def _refused_login(page: Page) -> None:
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("alert").wait_for()


_OF_ONE: Final = (LOADED,)
_WITH_TROUBLE: Final = (LOADED, ERROR, LOST)

VIEWS: Final = (
    View(name="overview", path="/"),
    View(name="workflows", path="/workflows"),
    View(
        name="workflows-filtered",
        path="/workflows?status=FAILED&workflowName=ImportCatalogue",
        states=(EMPTY, LOADED),
    ),
    View(name="workflows-selected", path="/workflows", states=_OF_ONE, reach=_select, whole=False),
    View(name="start", path="/start", states=(EMPTY, LOADED, ERROR)),
    View(name="start-refused", path="/start?input=%7B%22a%22%3A", states=_OF_ONE, reach=_refused_start),
    View(name="workflow-failing", path=f"/workflows/{shop.FAILING}", states=_WITH_TROUBLE),
    View(name="workflow-failed", path=f"/workflows/{shop.FAILED}", states=_OF_ONE),
    View(name="workflow-completed", path=f"/workflows/{shop.COMPLETED}", states=_OF_ONE),
    View(name="workflow-awaiting", path=f"/workflows/{shop.AWAITING}", states=_OF_ONE),
    View(name="workflow-list", path=f"/workflows/{shop.COMPLETED}?view=list", states=_OF_ONE),
    View(name="workflow-json", path=f"/workflows/{shop.COMPLETED}?view=json", states=_OF_ONE),
    View(name="workflow-detail", path=f"/workflows/{shop.FAILED}", states=_OF_ONE, reach=_event),
    View(name="workflow-unknown", path="/workflows/no-such-order", states=(EMPTY,)),
    View(name="queues", path="/queues"),
    View(name="queue", path="/queues/default"),
    View(name="queue-unserved", path=f"/queues/{shop.NOBODYS}", states=_OF_ONE),
    View(name="workers", path="/workers"),
    View(name="attention", path="/attention"),
    View(name="audit", path="/audit"),
    View(name="bulk", path="/bulk"),
    View(name="login", path="/login", states=(EMPTY,)),
    View(name="login-refused", path="/login", states=(EMPTY,), reach=_refused_login),
    View(name="not-found", path="/nowhere", states=(EMPTY,)),
    View(name="palette", path="/", states=(LOADED, ERROR), reach=_palette, whole=False),
    View(name="keyboard", path="/", states=_OF_ONE, reach=_help, whole=False),
    View(
        name="dialog-signal",
        path=f"/workflows/{shop.AWAITING}",
        states=_OF_ONE,
        reach=_act("Signal"),
        whole=False,
    ),
    View(
        name="dialog-terminate",
        path=f"/workflows/{shop.FAILING}",
        states=_OF_ONE,
        reach=_act("Terminate"),
        whole=False,
    ),
)
