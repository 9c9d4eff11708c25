"""API keys: the list. They are made and revoked by pages of their own (`key_pages`)."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from timers.clock import SystemClock
from workflows.access import keys
from workflows.access.actions import ROLES, Action
from workflows.admin.allowed import principal_of
from workflows.admin.read_only import ReadOnlyAdmin
from workflows.models import ApiKey


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """For who may make and revoke them. Nothing of a key's secret is stored, so nothing of it is shown."""

    list_display = ("name", "prefix", "state", "allowed", "used", "expires", "created", "revoking")
    list_display_links = None
    search_fields = ("name__startswith", "prefix__exact")
    search_help_text = "The beginning of a name, or the prefix that a key's text shows"
    ordering = ("name",)
    change_list_template = "sched/admin/keys.html"

    def has_view_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return principal_of(request).may(Action.MANAGE_KEYS)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().changelist_view(request, {**(extra_context or {}), "title": "API keys"})

    @admin.display(description="State")
    def state(self, row: ApiKey) -> SafeString:
        now = SystemClock().now()
        word = "revoked" if row.revoked_at else "valid" if keys.is_valid(row, now) else "expired"
        return format_html('<span class="sched-status sched-key-{}">{}</span>', word, word)

    @admin.display(description="May")
    def allowed(self, row: ApiKey) -> str:
        return allowed_text(row)

    @admin.display(description="Last used (UTC)")
    def used(self, row: ApiKey) -> str:
        return row.last_used_at.strftime("%Y-%m-%d %H:%M") if row.last_used_at else "never"

    @admin.display(description="Expires (UTC)")
    def expires(self, row: ApiKey) -> str:
        return row.expires_at.strftime("%Y-%m-%d %H:%M") if row.expires_at else "never"

    @admin.display(description="Created (UTC)")
    def created(self, row: ApiKey) -> str:
        return f"{row.created_at:%Y-%m-%d %H:%M} by {row.created_by}"

    @admin.display(description="")
    def revoking(self, row: ApiKey) -> SafeString | str:
        if row.revoked_at:
            return ""
        address = reverse("admin:sched_key_revoke", args=[row.pk])
        return format_html('<a class="sched-danger" href="{}">Revoke {}</a>', address, row.name)


def allowed_text(row: ApiKey) -> str:
    """The role's name where the actions are those of one."""
    allowed = set(row.actions) if isinstance(row.actions, list) else set()
    role = next(
        (role for role, actions in ROLES.items() if {each.value for each in actions} == allowed), None
    )
    return role or ", ".join(sorted(map(str, allowed)))
