"""Login and logout of the page, for every active user."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from workflows.access.rates import FAILURES_MAX
from workflows.api import limiting

pytestmark = pytest.mark.django_db
PASSWORD = "four plain words together"


@pytest.fixture(autouse=True)
def forgetful() -> None:
    """No test is held up for what those before it have tried."""
    limiting.FAILURES.forget()


@pytest.fixture
def ada() -> User:
    """No member of the staff."""
    return User.objects.create_user("ada", password=PASSWORD)


@pytest.fixture
def browser() -> Client:
    return Client(headers={"host": "localhost"}, enforce_csrf_checks=True)


def log_in(browser: Client, next_: str = "", password: str = PASSWORD) -> Any:
    browser.get("/login", {"next": next_} if next_ else {})
    form = {"username": "ada", "password": password, "next": next_}
    return browser.post("/login", {**form, "csrfmiddlewaretoken": browser.cookies["csrftoken"].value})


def test_who_is_no_staff_can_log_in(browser: Client, ada: User) -> None:
    """And comes to where they wanted to go."""
    answer = log_in(browser, "/workflows/order-1?status=FAILED")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/workflows/order-1?status=FAILED")
    assert browser.session["_auth_user_id"] == str(ada.pk)


@pytest.mark.parametrize(
    "next_",
    [
        "",
        "https://evil.example/",
        "//evil.example/",
        "javascript:alert(1)",
        "/login",
        "/login?next=/logout",
        "/logout",
        "/admin/logout/",
    ],
)
def test_nobody_is_led_elsewhere(browser: Client, ada: User, next_: str) -> None:
    """Without a place of this site it is the page's first one; nor in a circle, nor out again."""
    answer = log_in(browser, next_)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")


def test_who_is_not_active_cannot(browser: Client, ada: User) -> None:
    """What is wrong with the credentials is not told."""
    wrong = log_in(browser, password="wrong")
    User.objects.update(is_active=False)
    inactive = log_in(browser)
    assert (wrong.status_code, inactive.status_code) == (200, 200)
    for answer in (wrong, inactive):
        assert "Please enter a correct username and password" in answer.content.decode()
    assert "_auth_user_id" not in browser.session


def test_what_was_typed_is_text(browser: Client, ada: User) -> None:
    """In the form that comes again."""
    browser.get("/login")
    form = {"username": '"><script>alert(1)</script>', "password": "x", "next": '"><script>alert(2)</script>'}
    answer = browser.post("/login", {**form, "csrfmiddlewaretoken": browser.cookies["csrftoken"].value})
    assert "<script" not in answer.content.decode()


def test_a_login_wants_its_token(ada: User) -> None:
    """Another site cannot log somebody in as somebody else."""
    stranger = Client(headers={"host": "localhost"}, enforce_csrf_checks=True)
    assert stranger.post("/login", {"username": "ada", "password": PASSWORD}).status_code == 403


def test_who_tries_passwords_is_held_up(browser: Client, ada: User) -> None:
    """Ten a minute from one address, at this form and the admin's together."""
    for _ in range(FAILURES_MAX):
        assert log_in(browser, password="wrong").status_code == 200
    held_up = log_in(browser, "/workflows")
    assert (held_up.status_code, held_up.headers["Content-Type"]) == (429, "text/html; charset=utf-8")
    assert int(held_up.headers["Retry-After"]) > 0
    assert "Too many logins failed" in held_up.content.decode()
    assert 'href="/login"' in held_up.content.decode()
    assert browser.post("/admin/login/", {"username": "ada", "password": PASSWORD}).status_code == 429


def test_logout_is_by_post_with_the_token(browser: Client, ada: User) -> None:
    """No link of another site ends a session."""
    log_in(browser)
    assert browser.get("/logout").status_code == 405
    assert browser.post("/logout").status_code == 403
    token = browser.cookies["csrftoken"].value
    answer = browser.post("/logout", headers={"x-csrftoken": token})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/login")
    assert "_auth_user_id" not in browser.session


def test_the_form_is_under_the_policy_and_kept_by_nobody(browser: Client) -> None:
    """Its style is a file; a browser asks for it anew."""
    answer = browser.get("/login")
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "no-store" in answer.headers["Cache-Control"]
    text = answer.content.decode()
    assert '<link rel="stylesheet" href="/static/sched/login.css">' in text
    assert "style=" not in text
    style = browser.get("/static/sched/login.css")
    style.close()
    assert style.status_code == 200
