"""The page, and how people log in for it."""

from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.templatetags.static import static
from django.urls import Resolver404, resolve
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView

from workflows.dashboard import bundle

MISSING: Final = """\
The dashboard is not there: its built files are missing from workflows/dashboard/static.
In a clone of the repository `make web-build` builds them (Node 20.19 or newer); a package of sched has them.
The admin is at /admin/, the REST API at /api/docs.
"""


@ensure_csrf_cookie  # the page's script reads it, and sends it with all that acts
@require_safe
def page(request: HttpRequest, **_place: str) -> HttpResponse:
    """The same for every address of the page, whose script looks where it is."""
    try:
        content = bundle.index()
    except bundle.Missing:
        return HttpResponse(
            MISSING, status=HTTPStatus.INTERNAL_SERVER_ERROR, content_type="text/plain; charset=utf-8"
        )
    # It names the files of one build: a page that was kept would ask for those of another.
    return HttpResponse(content, headers={"Cache-Control": "no-cache"})


@require_safe
def without_slash(request: HttpRequest, **_place: str) -> HttpResponse:
    """The page's addresses end without one; who types it anyway, or has it from elsewhere, comes to the same place."""
    query = request.META.get("QUERY_STRING", "")
    return HttpResponsePermanentRedirect(request.path.rstrip("/") + (f"?{query}" if query else ""))


class Icon(RedirectView):
    """Where browsers look for it on their own."""

    permanent = True

    def get_redirect_url(self, *_args: object, **_place: object) -> str:
        return static("sched/icon.svg")


class Login(LoginView):
    """For every user who is active, staff or not; what they may do is asked at each door."""

    template_name = "sched/dashboard/login.html"
    next_page = "sched:home"

    def get_redirect_url(self, request: HttpRequest | None = None) -> str:
        """Where they wanted to go, unless that is a login again, or would end the session at once."""
        wanted = super().get_redirect_url(request)
        return "" if _is_of_sessions(wanted) else wanted


class Logout(LogoutView):
    """By POST alone, with the CSRF token."""

    next_page = "sched:login"


def _is_of_sessions(address: str) -> bool:
    try:
        found = resolve(urlsplit(address).path)
    except Resolver404:
        return False
    return found.url_name in ("login", "logout")
