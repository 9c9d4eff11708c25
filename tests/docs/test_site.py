"""The tree that the site is made of, and the reader of the built site. `make docs` fails for the same reasons."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs._site.assembled import BadPage, assemble
from docs._site.links import faults
from tests.docs.pages import ROOT


def small_root(folder: Path, **pages: str) -> Path:
    """A clone in small: pages of docs/, by name, and what stands beside it."""
    for name in ("ARCHITECTURE", "CONTRIBUTING", "CHANGELOG", "README"):
        (folder / f"{name}.md").write_text(f"# {name}\n")
    for name, text in {"benchmarks/README.md": "# B\n", "docs/index.md": "# I\n"}.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    for name, text in pages.items():
        (folder / "docs" / f"{name}.md").write_text(text)
    return folder


def test_every_page_has_its_place_and_every_link_its_page(tmp_path: Path) -> None:
    """Of the real ones."""
    assemble(ROOT, tmp_path)
    assert (tmp_path / "source" / "reference" / "settings.md").exists()
    assert "](architecture.md)" in (tmp_path / "source" / "index.md").read_text()


def test_a_link_to_nothing_is_refused(tmp_path: Path) -> None:
    """With the page and the link."""
    root = small_root(tmp_path, access="# A\n\n[b](nowhere.md)\n")
    with pytest.raises(BadPage, match=r"docs/access.md links to nowhere.md"):
        assemble(root, tmp_path / "out")


def test_a_page_without_a_place_is_refused(tmp_path: Path) -> None:
    """Somebody who adds a page must say where it belongs."""
    root = small_root(tmp_path, somewhere="# S\n")
    with pytest.raises(BadPage, match=r"somewhere.md has no place in the navigation"):
        assemble(root, tmp_path / "out")


def built(folder: Path, **pages: str) -> Path:
    for name, body in pages.items():
        (folder / f"{name}.html").write_text(f"<html><body>{body}</body></html>")
    return folder


def test_links_and_anchors_of_the_built_site_are_followed(tmp_path: Path) -> None:
    """Pages, anchors and files; what leads nowhere is named with its page."""
    good = '<a href="b.html#there">b</a><a href="#here" id="here">a</a><a href="https://example.org/x">x</a>'
    site = built(tmp_path, a=good, b='<h2 id="there">B</h2>')
    assert faults(site) == []
    built(tmp_path, c='<a href="b.html#gone">b</a><a href="d.html">d</a>')
    assert faults(site) == ["c.html: b.html#gone: has no such anchor", "c.html: d.html: leads nowhere"]


def test_nothing_is_loaded_from_elsewhere(tmp_path: Path) -> None:
    """Neither scripts nor styles nor pictures; links to elsewhere are links."""
    site = built(tmp_path, a='<script src="https://cdn.example.org/x.js"></script><img src="data:,">')
    assert faults(site) == ["a.html: https://cdn.example.org/x.js: is loaded from elsewhere"]
