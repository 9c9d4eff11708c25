"""The page is handed out for its own addresses, asks nothing of the database, and is kept as it should be."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from tests.dashboard.placeholder import SCRIPT, STYLE
from workflows.dashboard import bundle as built

PLACES = [
    "/",
    "/workflows",
    "/workflows/order-1:a@b+c.d",
    "/start",
    "/queues",
    "/queues/default",
    "/workers",
    "/attention",
    "/audit",
    "/bulk",
]


@pytest.mark.parametrize("path", PLACES)
def test_the_page_is_there_at_each_of_its_addresses(visitor: Client, path: str) -> None:
    """Whoever follows a link, or reloads; no database is asked."""
    answer = visitor.get(path, {"status": "FAILED"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    text = answer.content.decode()
    assert f'src="/static/sched/dashboard/{SCRIPT}"' in text
    assert f'href="/static/sched/dashboard/{STYLE}"' in text
    assert '"./' not in text
    assert 'href="data:,"' in text


@pytest.mark.parametrize(
    "path",
    ["/workflow", "/workflows/a/b", "/queues/a/b", "/bulk/1", "/index.html", "/assets/x.js"],
)
def test_anything_else_is_nothing(visitor: Client, path: str) -> None:
    """A wrong address is told by the server."""
    assert visitor.get(path).status_code == 404


@pytest.mark.parametrize("path", PLACES[1:])
def test_a_slash_at_the_end_is_taken_away(visitor: Client, path: str) -> None:
    """With what follows it kept."""
    answer = visitor.get(f"{path}/?status=FAILED&idPrefix=a%2Fb")
    assert (answer.status_code, answer.headers["Location"]) == (301, f"{path}?status=FAILED&idPrefix=a%2Fb")


def test_a_browser_finds_the_icon(visitor: Client) -> None:
    """Where it looks by itself."""
    answer = visitor.get("/favicon.ico")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/static/sched/icon.svg")
    icon = visitor.get("/static/sched/icon.svg")
    assert icon.getvalue().startswith(b"<svg")
    assert (icon.status_code, icon.headers["Content-Type"]) == (200, "image/svg+xml")


def test_the_page_is_read_only(visitor: Client) -> None:
    """It takes nothing, with a token or without."""
    visitor.get("/")
    token = visitor.cookies["csrftoken"].value
    assert visitor.post("/", headers={"x-csrftoken": token}).status_code == 405
    assert visitor.head("/").status_code == 200


def test_a_script_can_read_the_csrf_cookie(visitor: Client) -> None:
    """It is set by the page, for this site alone."""
    visitor.get("/workflows")
    cookie = visitor.cookies["csrftoken"]
    assert cookie.value
    assert not cookie["httponly"]
    assert cookie["samesite"] == "Strict"


def test_the_page_is_asked_for_anew_and_its_files_are_not(visitor: Client) -> None:
    """Names of files hold a digest of them; the page names those of one build."""
    page = visitor.get("/")
    assert page.headers["Cache-Control"] == "no-cache"
    for name in (SCRIPT, STYLE):
        answer = visitor.get(f"/static/sched/dashboard/{name}")
        assert answer.status_code == 200
        assert answer.getvalue()
        assert "immutable" in answer.headers["Cache-Control"]
        seconds = int(answer.headers["Cache-Control"].split("max-age=")[1].split(",")[0])
        assert seconds >= 365 * 24 * 3600
    index = visitor.get("/static/sched/dashboard/index.html")
    assert index.getvalue()
    assert "immutable" not in index.headers["Cache-Control"]


def test_scripts_go_out_as_they_were_compressed(visitor: Client, bundle: Path) -> None:
    """To who takes that; others get them plain, and what keeps answers knows that there are two."""
    address = f"/static/sched/dashboard/{SCRIPT}"
    plain = visitor.get(address)
    small = visitor.get(address, headers={"accept-encoding": "gzip, deflate, br"})
    assert "Content-Encoding" not in plain.headers
    assert small.headers["Content-Encoding"] == "gzip"
    sent = small.getvalue()
    assert sent == (bundle / f"{SCRIPT}.gz").read_bytes()
    assert gzip.decompress(sent) == plain.getvalue()
    for name in ("Content-Type", "Cache-Control", "Vary"):
        assert small.headers[name] == plain.headers[name]
    assert "Accept-Encoding" in small.headers["Vary"]


def test_the_policy_is_strict(visitor: Client) -> None:
    """As everywhere: what is inline is not run, and nothing comes from elsewhere."""
    policy = visitor.get("/").headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "script-src" not in policy  # narrower than the default it could not be, wider it must not


def test_static_files_may_be_served_elsewhere(visitor: Client, settings: Settings) -> None:
    """The page's links go where `STATIC_URL` says."""
    settings.STATIC_URL = "https://files.example.org/s/"
    text = visitor.get("/queues/default").content.decode()
    assert f'src="https://files.example.org/s/sched/dashboard/{SCRIPT}"' in text


def test_it_is_read_once(visitor: Client, bundle: Path) -> None:
    """A build beside a server that runs changes nothing for it: it has the files of its start."""
    before = visitor.get("/").content
    (bundle / "index.html").write_text("another")
    assert visitor.get("/workers").content == before


def test_a_missing_bundle_is_told_with_what_to_do(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a clone that was not built."""
    monkeypatch.setattr(built, "FOLDER", "sched/nowhere/")
    answer = Client(headers={"host": "localhost"}).get("/")
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, "text/plain; charset=utf-8")
    assert b"`make web-build` builds them" in answer.content
