"""The web process answers on loopback names alone, under strict headers."""

from __future__ import annotations

import pytest
from django.test import Client

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


def test_metrics_are_exposed() -> None:
    """Prometheus scrapes the web process too."""
    answer = Client().get("/metrics", headers={"host": "localhost"})
    assert answer.status_code == 200
    assert b"django_http_requests_before_middlewares_total" in answer.content
