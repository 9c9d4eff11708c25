"""Who asks, and what was done by whom."""

from django.urls import NoReverseMatch, reverse
from rest_framework.request import Request
from rest_framework.response import Response

from workflows.access.actions import Action
from workflows.api import access, pages, requests
from workflows.api import schema_callers as schema
from workflows.api.views.base import View
from workflows.service import audit_cursors


class Me(View):
    """For everybody who is let in: a page asks what to offer."""

    actions = {"GET": None}
    asks_database = False

    @schema.me
    def get(self, request: Request) -> Response:
        principal = access.principal_of(request)
        document = {
            "name": principal.name or None,
            "kind": "key" if principal.key_id else "user" if principal.name else "anybody",
            "actions": sorted(action.value for action in principal.actions),
            "openAccess": access.is_open(),
            "adminUrl": _admin_of(request),
        }
        return Response(document)


def _admin_of(request: Request) -> str | None:
    """Where the admin is, for who may come in: the staff. Where access is open it asks for a login of its own."""
    if not access.is_open() and not getattr(request.user, "is_staff", False):
        return None
    try:
        return reverse("admin:index")
    except NoReverseMatch:
        return None


class Audit(View):
    actions = {"GET": Action.SEE_AUDIT}
    parameters = {"GET": (*requests.AUDIT_FILTER_NAMES, "pageSize", "cursor")}

    @schema.audit
    def get(self, request: Request) -> Response:
        query = request.query_params
        filters = requests.audit_filters_of(query)
        size = requests.whole_number(
            query, "pageSize", requests.PAGE_SIZE, least=1, most=requests.PAGE_SIZE_MAX
        )
        after = audit_cursors.read(query["cursor"], filters) if "cursor" in query else None
        return Response(pages.audit(filters, size=size, after=after))
