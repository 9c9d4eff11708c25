"""`python -m tests.browser.screenshots`: pictures of the dashboard. It starts sites of its own, and ends them."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.browser.chromium import launched
from tests.browser.screenshots.camera import THEMES, WIDTHS, Camera, Unsettled
from tests.browser.screenshots.shop import open_shop
from tests.browser.screenshots.states import EMPTY, STATES
from tests.browser.screenshots.views import VIEWS, View
from tests.browser.site import Site

FOLDER: Final = Path(__file__).resolve().parents[3] / "var" / "screenshots"


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # ends what was started, too
    arguments = parsed()
    views = [view for view in VIEWS if any(view.name.startswith(name) for name in arguments.only or [""])]
    states = arguments.state or STATES
    arguments.out.mkdir(parents=True, exist_ok=True)
    taken = unsettled = 0
    with launched() as browser:
        themes, widths = tuple(arguments.theme or THEMES), tuple(arguments.width or WIDTHS)
        camera = Camera(browser, arguments.out, themes=themes, widths=widths)
        for opened, some in ((open_empty, [EMPTY]), (open_shop, [each for each in STATES if each != EMPTY])):
            wanted = _wanted(views, [state for state in some if state in states])
            if not wanted:
                continue
            with (
                tempfile.TemporaryDirectory(prefix="sched-screenshots-") as folder,
                opened(Path(folder)) as site,
            ):
                for view, state in wanted:
                    try:
                        taken += len(camera.take(view, state, site.root))
                    except Unsettled as complaint:
                        unsettled += 1
                        print(f"{view.name}, {state}: {complaint}", flush=True)
                    else:
                        print(f"{view.name}, {state}", flush=True)
    print(f"{taken} pictures are in {arguments.out}")
    return 1 if unsettled else 0


@contextmanager
def open_empty(folder: Path) -> Iterator[Site]:
    """As `make up` starts it, for the first time."""
    site = Site(folder)
    try:
        site.wait()
        yield site
    finally:
        site.stop()


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.browser.screenshots", description=__doc__)
    names = ", ".join(view.name for view in VIEWS)
    parser.add_argument(
        "--only", action="append", metavar="PAGE", help=f"those that begin so, of {names}; again for more"
    )
    parser.add_argument("--state", action="append", choices=STATES)
    parser.add_argument("--theme", action="append", choices=THEMES)
    parser.add_argument("--width", action="append", type=int, choices=WIDTHS)
    parser.add_argument(
        "--out", type=Path, default=FOLDER, help="the folder; var/screenshots unless told otherwise"
    )
    found = parser.parse_args()
    for name in found.only or ():
        if not any(view.name.startswith(name) for view in VIEWS):
            parser.error(f"--only: {name!r}: must be the beginning of one of {names}")
    return found


def _wanted(views: Sequence[View], states: Sequence[str]) -> list[tuple[View, str]]:
    return [(view, state) for view in views for state in states if state in view.states]


if __name__ == "__main__":
    sys.exit(main())
