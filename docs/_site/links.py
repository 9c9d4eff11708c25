"""A built site, read as a browser would: where its links lead, and from where it loads."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

ORIGIN = "http://site/"
LOADED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}
NOT_LOADED = {"canonical", "next", "prev", "alternate"}


@dataclass(slots=True)
class Page:
    """What counts of one: ids that links may lead to, and what it links to and loads."""

    ids: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page = page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self._page.ids.add(given["id"])
        if tag == "a" and given.get("href"):
            self._page.links.append(given["href"])
        if tag in LOADED and given.get(LOADED[tag]) and given.get("rel") not in NOT_LOADED:
            self._page.loads.append(given[LOADED[tag]])


def faults(site: Path) -> list[str]:
    """A sentence for each link that leads nowhere, and for all that is loaded from elsewhere."""
    pages = {path.relative_to(site).as_posix(): _read(path) for path in sorted(site.rglob("*.html"))}
    found = []
    for name, page in pages.items():
        for link in page.links:
            wrong = _wrong(site, pages, urljoin(ORIGIN + name, link))
            found += [f"{name}: {link}: {wrong}"] if wrong else []
        for load in page.loads:
            at = urljoin(ORIGIN + name, load)
            wrong = (
                "is loaded from elsewhere"
                if not at.startswith((ORIGIN, "data:"))
                else _wrong(site, pages, at)
            )
            found += [f"{name}: {load}: {wrong}"] if wrong else []
    return found


def _read(path: Path) -> Page:
    page = Page()
    _Reader(page).feed(path.read_text())
    return page


def _wrong(site: Path, pages: dict[str, Page], address: str) -> str:
    """What is wrong with an address of the site; nothing is said of others."""
    if not address.startswith(ORIGIN):
        return ""
    parts = urlsplit(address)
    name = unquote(parts.path).lstrip("/")
    file = site / name
    if file.is_dir():
        name = f"{name.rstrip('/')}/index.html".lstrip("/")
    if name not in pages:
        return "" if file.is_file() else "leads nowhere"
    return "" if not parts.fragment or unquote(parts.fragment) in pages[name].ids else "has no such anchor"
