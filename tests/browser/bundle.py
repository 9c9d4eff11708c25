"""The page that a site of the tests serves: the built one, or where none is built, one that stands in for it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.dashboard.placeholder import FOLDER, write_bundle

STATIC: Final = "SCHED_TEST_STATIC"
"""Variable of `tests.browser.settings`: a folder of static files that come before those of packages."""
_BUILT: Final = (
    Path(__file__).resolve().parents[2] / "workflows" / "dashboard" / "static" / FOLDER / "index.html"
)


def served_page(process: str, folder: Path) -> dict[str, str]:
    """Variables of a process with these settings of ours (`embedded` or `web`), by which it has a page."""
    if _BUILT.exists():
        return {}
    static = folder / "static"
    write_bundle(static)
    return {"DJANGO_SETTINGS_MODULE": f"tests.browser.settings.{process}", STATIC: str(static)}
