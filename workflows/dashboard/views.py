"""The page, and how people log in for it."""

from http import HTTPStatus
from typing import Final

from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

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


class Login(LoginView):
    """For every user who is active, staff or not; what they may do is asked at each door."""

    template_name = "sched/dashboard/login.html"
    next_page = "sched:home"


class Logout(LogoutView):
    """By POST alone, with the CSRF token."""

    next_page = "sched:login"
