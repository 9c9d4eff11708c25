"""What every page of ours that is no model's hands to its template."""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest


def context_of(site: AdminSite, request: HttpRequest, title: str) -> dict[str, Any]:
    """The admin's own context, and a title."""
    return {**site.each_context(request), "title": title}
