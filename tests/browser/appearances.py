"""How a page may appear: light and dark, on a desktop and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from playwright.sync_api import Page

_SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
_SIZES: Final = {"desktop": (1440, 900), "phone": (390, 844)}


def appearances(page: Page) -> Iterator[str]:
    """Gives the page each of them in turn; says which it has."""
    for (size, (width, height)), scheme in product(_SIZES.items(), _SCHEMES):
        # Nothing fades: a colour on its way to another is neither.
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.set_viewport_size({"width": width, "height": height})
        yield f"{scheme}, {size}"
