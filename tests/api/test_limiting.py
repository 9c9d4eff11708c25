"""Who asks too often, and who tries credentials."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from tests.api.caller import PROBLEM, Answer, Caller
from tests.api.credentials import caller_of
from timers.clock import FakeClock
from workflows.access.addresses import address_of
from workflows.access.rates import FAILURES_MAX, NAMES_MAX, Rate

LOGIN = "/admin/login/"


def test_a_minute_begins_with_the_first() -> None:
    """Up to the bound it may happen; then not before the minute is over."""
    clock = FakeClock()
    rate = Rate(clock)
    assert [rate.take("a", 2) for _ in range(2)] == [0.0, 0.0]
    clock.advance(20)
    assert (rate.take("a", 2), rate.take("b", 2)) == (40.0, 0.0)
    clock.advance(40)
    assert rate.wait_seconds("a", 2) == 0.0
    assert rate.take("a", 2) == 0.0


def test_names_are_bounded() -> None:
    """Those that were not seen lately are forgotten first."""
    rate = Rate(FakeClock())
    for number in range(NAMES_MAX + 1):
        rate.note(str(number))
    assert (rate.wait_seconds("0", 1), rate.wait_seconds(str(NAMES_MAX), 1)) == (0.0, 60.0)


def test_who_tries_keys_is_held_up(api: Caller, guard: Callable[[], None]) -> None:
    """After ten refused ones no key from there is looked at for the rest of the minute; other addresses are served."""
    guard()
    bad = {"authorization": "Bearer sched_nonsense"}
    good = caller_of("client key").client
    for _ in range(FAILURES_MAX):
        assert api.client.get("/api/workflows", headers=bad).status_code == 401
    refused = Answer(good.get("/api/workflows"))
    assert (refused.status, refused.type, refused.json["code"]) == (429, PROBLEM, "TOO_MANY_REQUESTS")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert good.get("/api/workflows", REMOTE_ADDR="10.0.0.9").status_code == 200
    assert api.client.get("/api/workflows").status_code == 401
    assert caller_of("viewer").client.get("/api/workflows").status_code == 200


def test_who_is_held_up_costs_no_query(
    api: Caller, guard: Callable[[], None], django_assert_num_queries: Any
) -> None:
    """Neither a key nor a login is looked at."""
    guard()
    key = caller_of("unknown key").client
    for _ in range(FAILURES_MAX):
        key.get("/api/workflows")
    with django_assert_num_queries(0):
        assert key.get("/api/workflows").status_code == 429
        assert key.post(LOGIN, {"username": "a", "password": "b"}).status_code == 429


def test_who_tries_passwords_is_held_up(api: Caller) -> None:
    """The form answers ten times; a successful login is no failure."""
    person = caller_of("operator")
    login = {"username": person.name, "password": "wrong"}
    caller = Client(headers={"host": "localhost"})
    for _ in range(FAILURES_MAX):
        assert caller.post(LOGIN, login).status_code == 200
    refused = caller.post(LOGIN, login)
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert caller.get(LOGIN).status_code == 200


def test_a_caller_has_so_many_calls_a_minute(
    api: Caller, guard: Callable[[], None], settings: Settings
) -> None:
    """Each has his own; 0 is no limit."""
    guard()
    settings.SCHED = replace(settings.SCHED, rate_limit=3)
    ada, key = caller_of("viewer"), caller_of("client key")
    found = [ada.client.get("/api/workflows").status_code for _ in range(4)]
    assert found == [200, 200, 200, 429]
    assert key.client.get("/api/workflows").status_code == 200
    refused = Answer(ada.client.get("/api/workflows"))
    assert refused.json["code"] == "TOO_MANY_REQUESTS"
    assert "Retry-After" in refused.headers
    settings.SCHED = replace(settings.SCHED, rate_limit=0)
    assert ada.client.get("/api/workflows").status_code == 200


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.9", "10.1.1.1", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "1.2.3.4, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("::ffff:203.0.113.9", "", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::"),
        ("", "", ""),
    ],
)
def test_an_address_is_believed_of_trusted_proxies_only(
    settings: Settings, peer: str, forwarded: str, address: str
) -> None:
    """What others write into the header counts for nothing; of IPv6 the network counts."""
    settings.SCHED = replace(settings.SCHED, trusted_proxies=(ip_network("10.0.0.0/24"),))
    assert address_of(peer, forwarded) == address
