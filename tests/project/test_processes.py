"""What a process prints when it starts with a bad variable, and what the engine's process leaves out."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

SECRET = secrets.token_urlsafe(48)
ROOT = Path(__file__).resolve().parents[2]
WEB_ONLY = ("daphne", "django.contrib.admin", "workflows.admin", "workflows.api", "drf_spectacular")


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs Python in the root folder without the variables of this process that are sched's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SCHED_", "DJANGO_"))}
    kept["SCHED_DATABASE_PATH"] = ":memory:"
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=kept | variables,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("command", ["check", "up", "runengine"])
def test_a_bad_variable_ends_every_process_with_one_sentence(command: str) -> None:
    """Exit status 1, one line on standard error, no traceback."""
    done = run("manage.py", command, SCHED_LEADER_LOCK_KEY="sched")
    assert done.returncode == 1
    assert done.stderr == (
        "sched: SCHED_LEADER_LOCK_KEY is 'sched'; allowed is a signed 64-bit number, decimal or hexadecimal with 0x.\n"
    )


@pytest.mark.parametrize("value", ["abc", "0", "70000"])
def test_a_bad_port_of_the_web_process_is_told_in_one_sentence(value: str) -> None:
    """By the command that the Makefile runs; the server's own usage helps nobody."""
    done = run("manage.py", "runweb", DASHBOARD_PORT=value)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"sched: DASHBOARD_PORT is '{value}'; allowed is a port number from 1 to 65535.\n"
    assert "manage.py runweb" in (ROOT / "Makefile").read_text()


def test_a_misspelt_variable_is_told_and_ignored() -> None:
    """With the one that may have been meant; those of workers and tests are none of them."""
    known = {"SCHED_ACTIVITY_SLOTS": "3", "SCHED_TEST_SEED": "1", "SCHED_LOG_LEVEL": "error"}
    done = run("manage.py", "check", SCHED_POSTGRES_DNS="x", SCHED_ZZZ="y", **known)
    assert done.returncode == 0
    assert done.stderr == (
        "sched: ignored, since it is no variable of sched: SCHED_POSTGRES_DNS (is it SCHED_POSTGRES_DSN?)\n"
        "sched: ignored, since it is no variable of sched: SCHED_ZZZ\n"
    )


def test_the_web_process_is_not_served_beyond_loopback_without_a_key() -> None:
    """The check of `check_web` is made where the settings are loaded."""
    done = run("manage.py", "check", SCHED_BIND="0.0.0.0")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "SCHED_SECRET_KEY" in done.stderr


BEYOND = {"SCHED_BIND": "0.0.0.0", "SCHED_SECRET_KEY": SECRET, "SCHED_ALLOWED_HOSTS": "sched.example"}


def test_the_web_process_is_fit_to_be_deployed() -> None:
    """Django's checks, and those of what we build on, find nothing beyond loopback."""
    done = run("manage.py", "check", "--deploy", "--settings", "schedproject.settings.web", **BEYOND)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("System check identified no issues")


def test_beyond_loopback_all_is_by_tls() -> None:
    """All are sent there but who probes, who shows no key; cookies are for TLS alone, and browsers remember."""
    script = """
import django; django.setup()
from django.conf import settings
from django.test import Client
client = Client(headers={"host": "sched.example"})
plain, probe = client.get("/api/workflows"), client.get("/api/health")
scrape = client.get("/metrics", headers={"authorization": "Bearer key"})
safe = client.get("/api/workflows", headers={"x-forwarded-proto": "https"})
print(plain.status_code, plain.headers["Location"], probe.status_code, safe.status_code)
print(scrape.status_code, scrape.headers["Location"])
print(safe.headers["Strict-Transport-Security"])
print(settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE, settings.SCHED.open_access)
"""
    done = run("-c", script, DJANGO_SETTINGS_MODULE="schedproject.settings.web", **BEYOND)
    assert done.stdout.splitlines() == [
        "301 https://sched.example/api/workflows 503 401",
        "301 https://sched.example/metrics",
        "max-age=31536000",
        "True True False",
    ], done.stderr


def test_the_engine_loads_nothing_of_the_web() -> None:
    """The engine's settings import no admin, no REST API and no HTTP server."""
    script = (
        f"import django, sys; django.setup(); print([name for name in {WEB_ONLY} if name in sys.modules])"
    )
    done = run("-c", script, DJANGO_SETTINGS_MODULE="schedproject.settings.engine")
    assert (done.stdout, done.stderr) == ("[]\n", "")


@pytest.mark.parametrize("missing", ["SCHED_TLS_CERT", "SCHED_SECRET_KEY"])
def test_the_engine_is_not_served_beyond_loopback_without_credentials(missing: str, tmp_path: Path) -> None:
    """Beyond loopback gRPC wants a certificate, since keys travel there, and engines must agree on a secret."""
    given = {"SCHED_BIND": "0.0.0.0", "SCHED_SECRET_KEY": "k" * 50}
    for name in ("SCHED_TLS_CERT", "SCHED_TLS_KEY"):
        (tmp_path / name).write_text("pem")
        given[name] = str(tmp_path / name)
    del given[missing]
    if missing == "SCHED_TLS_CERT":
        del given["SCHED_TLS_KEY"]  # a pair; half of it is refused for another reason
    done = run("manage.py", "runengine", **given)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert missing in done.stderr
