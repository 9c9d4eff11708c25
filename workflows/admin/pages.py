"""The pages of sched that are no model's: their addresses, and their places in the admin's list of apps."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse

from timers.clock import SystemClock
from workflows.access.actions import APP, Action
from workflows.admin.act_pages import act_page
from workflows.admin.allowed import principal_of
from workflows.admin.attention_page import attention_page
from workflows.admin.key_pages import make_page, revoke_page
from workflows.admin.work_pages import tasks_page, timers_page, workers_page
from workflows.service import attention


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One that stands in the list of apps, for who may read executions."""

    slug: str
    name: str
    view: Callable[..., HttpResponse]

    @property
    def url_name(self) -> str:
        return f"sched_{self.slug}"


ATTENTION: Final = Page(slug="attention", name="Needs attention", view=attention_page)
TIMERS: Final = Page(slug="timers", name="Timers", view=timers_page)
TASKS: Final = Page(slug="tasks", name="Tasks", view=tasks_page)
WORKERS: Final = Page(slug="workers", name="Workers", view=workers_page)
LISTED: Final = (ATTENTION, TASKS, TIMERS, WORKERS)
ORDER: Final = ("Needs attention", "Executions", "Tasks", "Timers", "Workers", "Audit entries", "API keys")
"""In the list of apps: by how often they are wanted."""


def urls(site: AdminSite) -> list[Any]:
    """To be put before the admin's own, once on each site: by the site itself, or else by `ExecutionAdmin`."""
    pages = [(f"sched/{page.slug}/", page.view, page.url_name) for page in LISTED]
    pages += [
        ("sched/act/<slug:verb>/", act_page, "sched_act"),
        ("sched/keys/make/", make_page, "sched_key_make"),
        ("sched/keys/<int:key_id>/revoke/", revoke_page, "sched_key_revoke"),
    ]
    return [path(route, site.admin_view(partial(view, site=site)), name=name) for route, view, name in pages]


def with_pages(apps: list[Any], request: HttpRequest, site: AdminSite) -> list[Any]:
    """The list of apps, with ours first, and in it our pages."""
    for app in apps:
        if app["app_label"] == APP:
            if principal_of(request).may(Action.READ):
                app["models"] += [_entry(page, site) for page in LISTED]
            app["models"].sort(key=lambda model: _place(model["name"]))
    return sorted(apps, key=lambda app: app["app_label"] != APP)


def front(request: HttpRequest) -> dict[str, Any]:
    """What the front page says of sched: how much needs attention, for who may read executions."""
    if not principal_of(request).may(Action.READ):
        return {}
    return {"needs_attention": attention.count_all(SystemClock().now())}


def _entry(page: Page, site: AdminSite) -> dict[str, Any]:
    return {
        "model": None,
        "name": page.name,
        "object_name": page.name.replace(" ", ""),
        "perms": {"add": False, "change": False, "delete": False, "view": True},
        "admin_url": reverse(f"admin:{page.url_name}", current_app=site.name),
        "add_url": None,
        "view_only": True,
    }


def _place(name: str) -> int:
    return ORDER.index(name) if name in ORDER else len(ORDER)
