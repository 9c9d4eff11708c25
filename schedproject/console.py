"""The admin's site, in the place of Django's own: sched comes first, with its pages that are no model's."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest
from django.template.response import TemplateResponse


class ConsoleSite(AdminSite):
    """What is shown is `workflows.admin.pages`; it is imported late, since models are not ready when sites are made."""

    site_header = site_title = "sched"
    index_title = "Operations"
    index_template = "sched/admin/index.html"
    has_sched_pages = True
    """Under `sched/`; on any other site they are below the executions."""

    def get_urls(self) -> list[Any]:
        from workflows.admin import pages

        return [*pages.urls(self), *super().get_urls()]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        from workflows.admin import pages

        return pages.with_pages(super().get_app_list(request, app_label), request, self)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        from workflows.admin import pages

        return super().index(request, {**pages.front(request), **(extra_context or {})})


class ConsoleConfig(AdminConfig):
    """`django.contrib.admin` with this site."""

    default_site = "schedproject.console.ConsoleSite"
