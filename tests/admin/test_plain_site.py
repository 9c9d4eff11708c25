"""sched in a project of somebody else, whose admin is Django's own site."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.contrib.admin import AdminSite
from django.test import Client
from django.urls import path
from django.urls.resolvers import URLPattern, URLResolver
from pytest_django import Settings

from tests.admin.conftest import client_as
from tests.admin.reading import LIST, address_of, fields, page
from tests.store.driver import Driver
from workflows.admin import ApiKeyAdmin, AuditEntryAdmin, ExecutionAdmin
from workflows.models import ApiKey, AuditEntry, Execution

SITE = AdminSite()
SITE.register(Execution, ExecutionAdmin)
SITE.register(AuditEntry, AuditEntryAdmin)
SITE.register(ApiKey, ApiKeyAdmin)
urlpatterns = [path("admin/", SITE.urls)]

KEYS = "/admin/sched_workflows/apikey/"
BELOW = f"{LIST}sched/"
NAMES = {
    *("sched_attention", "sched_tasks", "sched_timers", "sched_workers"),
    *("sched_act", "sched_key_make", "sched_key_revoke"),
}


@pytest.fixture
def admin_of_plain(driver: Driver, settings: Settings) -> Client:
    settings.ROOT_URLCONF = __name__
    return client_as("admin")


def test_pages_lead_to_acts(admin_of_plain: Client, driver: Driver) -> None:
    """The page of an execution, the list's action, and what they lead to."""
    run_id = driver.begin("order-1")
    assert f'href="{BELOW}act/cancel/?run={run_id}"' in page(admin_of_plain, address_of(run_id))
    answer = admin_of_plain.post(LIST, {"action": "cancel", "_selected_action": run_id})
    assert answer.status_code == 200
    asked = page(admin_of_plain, f"{BELOW}act/cancel/", run=run_id)
    done = admin_of_plain.post(f"{BELOW}act/cancel/", fields(asked))
    assert (done.status_code, AuditEntry.objects.get().action) == (302, "cancel")


def test_keys_are_made_and_revoked(admin_of_plain: Client) -> None:
    """By the links of their list."""
    assert f'href="{BELOW}keys/make/"' in page(admin_of_plain, KEYS)
    assert admin_of_plain.post(f"{BELOW}keys/make/", {"name": "a", "role": "client"}).status_code == 200
    revoke = f"{BELOW}keys/{ApiKey.objects.get().pk}/revoke/"
    assert f'href="{revoke}"' in page(admin_of_plain, KEYS)
    assert admin_of_plain.post(revoke).status_code == 302


def test_what_is_no_models_is_there(admin_of_plain: Client) -> None:
    """And the front page still works."""
    for name in ("attention", "tasks", "timers", "workers"):
        page(admin_of_plain, f"{BELOW}{name}/")
    page(admin_of_plain, "/admin/")


@pytest.mark.parametrize("site", [SITE, admin.site], ids=["plain", "ours"])
def test_each_name_has_one_address(site: AdminSite) -> None:
    """On either site."""
    names = [name for name in _names(site.get_urls()) if name in NAMES]
    assert sorted(names) == sorted(NAMES)


def _names(patterns: list[URLPattern | URLResolver]) -> Iterator[str]:
    for each in patterns:
        if isinstance(each, URLResolver):
            yield from _names(each.url_patterns)
        else:
            yield each.name or ""
