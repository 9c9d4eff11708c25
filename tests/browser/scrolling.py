"""Scrolling by script, from top to bottom and to and fro, with a look at the document after each step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from playwright.sync_api import Page

STEPS: Final = 400
"""Over the whole length: less than a screen each for some thousands of rows, so that each of them is drawn."""
JUMPS: Final = 40
_SCROLL: Final = """async ([selector, steps, jumps]) => {
    const place = selector ? document.querySelector(selector) : document.scrollingElement;
    const frame = () => new Promise((drawn) => requestAnimationFrame(() => drawn()));
    const seen = new Set();
    let nodes = 0;
    const look = async () => {
        await frame();
        nodes = Math.max(nodes, document.querySelectorAll("*").length);
        for (const row of place.querySelectorAll("[aria-posinset], [role=row][aria-rowindex]"))
            seen.add(row.getAttribute("aria-posinset") ?? row.getAttribute("aria-rowindex"));
    };
    for (let step = 0; step <= steps; step++) {
        place.scrollTop = (place.scrollHeight - place.clientHeight) * step / steps;
        await look();
    }
    const bottom = place.scrollTop;
    // The golden section leads everywhere, and never close to where it just was.
    for (let jump = 1; jump <= jumps; jump++) {
        place.scrollTop = (place.scrollHeight - place.clientHeight) * ((jump * 0.618034) % 1);
        await look();
    }
    return { nodes, rows: seen.size, bottom };
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrolled:
    """What a scroll met.

    Attributes:
        nodes: the most elements that the document had.
        rows: different ones that were drawn.
        bottom: pixels that the way down was long.
    """

    nodes: int
    rows: int
    bottom: float


def scroll(page: Page, selector: str = "") -> Scrolled:
    """Scrolls the element, or the page itself."""
    return Scrolled(**page.evaluate(_SCROLL, [selector, STEPS, JUMPS]))
