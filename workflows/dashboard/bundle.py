"""The built page: found as any static file is, read once, its links led to where static files are served.

Vite writes links that are relative to `index.html`; the page is handed out for addresses of any depth.
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import Final

from django.conf import settings
from django.contrib.staticfiles import finders

FOLDER: Final = "sched/dashboard/"
"""Of the bundle, among static files."""
_LINK: Final = re.compile(r'\b(src|href)="\./')


class Missing(Exception):
    """There is no built page."""


def index() -> str:
    """The page's HTML.

    Raises:
        Missing: it was not built.
    """
    path = finders.find(f"{FOLDER}index.html")
    if not isinstance(path, str):
        raise Missing
    return _read(path, f"{settings.STATIC_URL}{FOLDER}")


@lru_cache(maxsize=1)
def _read(path: str, address: str) -> str:
    return _LINK.sub(rf'\1="{address}', Path(path).read_text(encoding="utf-8"))
