"""The web process answers on loopback names alone, under strict headers."""

from __future__ import annotations

from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client

from workflows.api.headers import Headed

pytestmark = pytest.mark.django_db

CSP = "content-security-policy"


def test_the_login_page_is_served_under_a_strict_policy() -> None:
    """Scripts and styles come from the site itself; no frame may hold it."""
    answer = Client().get("/admin/login/", headers={"host": "localhost:8080"})
    assert answer.status_code == 200
    assert "default-src 'self'" in answer.headers[CSP]
    assert "frame-ancestors 'none'" in answer.headers[CSP]
    assert "unsafe" not in answer.headers[CSP]
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.1"])
def test_a_foreign_host_name_is_refused(host: str, caplog: pytest.LogCaptureFixture) -> None:
    """A name that somebody else points at 127.0.0.1 gets no answer."""
    answer = Client().get("/admin/login/", headers={"host": host})
    assert answer.status_code == 400
    assert f"refused: Host: {host!r}: must be one of SCHED_ALLOWED_HOSTS" in caplog.text


def test_a_wrong_address_is_told_with_a_way_on() -> None:
    """As a page that looks like the others, and repeats of what was asked no more than its path, escaped."""
    answer = Client().get("/<b>nowhere", {"page": "7"}, headers={"host": "localhost:8080"})
    assert answer.status_code == 404
    text = answer.content.decode()
    assert "There is no such page" in text
    assert "Nothing is at /&lt;b&gt;nowhere" in text
    assert 'href="/static/sched/login.css"' in text
    assert 'href="/workflows"' in text


@pytest.mark.parametrize("template", ["404.html", "500.html"])
def test_what_is_said_instead_of_a_page_needs_no_request(template: str) -> None:
    """Django has none at hand when a page has failed."""
    assert "sched" in render_to_string(template)


def test_a_form_that_is_too_large_is_told_of_its_limit() -> None:
    """By the name of the setting; Django would say no more than "Bad Request"."""
    form = {f"field-{number}": "x" for number in range(1_001)}
    answer = Client().post("/admin/login/", form, headers={"host": "localhost:8080"})
    assert answer.status_code == 400
    text = answer.content.decode()
    assert "exceeded settings.DATA_UPLOAD_MAX_NUMBER_FIELDS. Nothing was changed." in text
    assert 'href="/static/sched/login.css"' in text


PATHS = [
    "/",
    "/admin/",
    "/admin/login/",
    "/api/docs",
    "/api/schema",
    "/api/health",
    "/api/nothing",
    "/static/sched/admin.css",
]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_bears_the_headers(path: str) -> None:
    """Pages, documents, files, redirects and refusals."""
    answer = Client().get(path, headers={"host": "localhost"})
    answer.close()  # of a file
    assert "default-src 'self'" in answer.headers[CSP]
    assert "unsafe" not in answer.headers[CSP]
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "strict-transport-security" not in answer.headers  # loopback has no TLS


async def test_what_no_middleware_has_seen_bears_them_too() -> None:
    """What is shed, as an instance; an answer's own headers are left alone."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def web(scope: Any, receive: Any, send: Any) -> None:
        await send(
            {"type": "http.response.start", "status": 503, "headers": [(b"X-Frame-Options", b"SAMEORIGIN")]}
        )

    await Headed(web)({"type": "http"}, send, send)  # type: ignore[arg-type]
    found = dict(sent[0]["headers"])
    assert b"default-src 'self'" in found[b"content-security-policy"]
    assert found[b"x-content-type-options"] == b"nosniff"
    assert found[b"X-Frame-Options"] == b"SAMEORIGIN"
    assert b"x-frame-options" not in found


def test_metrics_are_exposed() -> None:
    """Prometheus scrapes the web process too."""
    answer = Client().get("/metrics", headers={"host": "localhost"})
    assert answer.status_code == 200
    assert b"django_http_requests_before_middlewares_total" in answer.content
