"""axe-core in a page: what it says of the page as it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

SCRIPT: Final = Path(__file__).resolve().parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
_RUN: Final = """async () => {
    const { violations } = await axe.run(document, { resultTypes: ["violations"] });
    return violations.map(({ id, impact, help, nodes }) => ({
        id, impact, help, nodes: nodes.map(({ html, failureSummary }) => `${html.slice(0, 160)} ${failureSummary}`),
    }));
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A rule that a page breaks.

    Attributes:
        impact: `minor`, `moderate`, `serious` or `critical`.
        nodes: elements that break it, and how they could be mended.
    """

    id: str
    impact: str
    help: str
    nodes: Sequence[str]

    def __str__(self) -> str:
        return f"{self.impact} {self.id}: {self.help}\n    " + "\n    ".join(self.nodes[:5])


def put_into(page: Page) -> None:
    """Into each document that the page opens; the site's policy lets none of the page's own scripts load it."""
    if not SCRIPT.exists():
        pytest.fail("These tests need axe-core: npm --prefix frontend ci")
    page.add_init_script(path=SCRIPT)


def faults(page: Page) -> list[Fault]:
    """Of all impacts, in the page as it is now."""
    return [Fault(**found) for found in page.evaluate(_RUN)]
