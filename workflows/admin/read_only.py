"""Models that nobody writes by hand: rows are added, changed and deleted elsewhere, or not at all."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # it takes none when run
    """Looks like sched; counts no whole table; the rest is each one's own."""

    list_per_page = 50
    list_max_show_all = 0  # pages are bounded
    sortable_by = ()
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # they count the whole table
    actions: Sequence[Any] | None = None

    class Media:
        css = {"all": ("sched/admin.css",)}

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """In the address: parameters of the filters alone. Django would let anybody guess what columns hold."""
        filters = self.list_filter if request is None else self.get_list_filter(request)
        return lookup in {getattr(each, "parameter_name", None) for each in filters}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Django would ask for any permission of the app."""
        return self.has_view_permission(request)
