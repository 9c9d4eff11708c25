"""The page's addresses; its router has the same. Anything else below them is nothing."""

from typing import Final

from django.urls import URLPattern, path

from workflows.dashboard.views import Icon, Login, Logout, page, without_slash

app_name = "sched"
PLACES: Final = (
    "workflows",
    "workflows/<str:workflow_id>",
    "start",
    "queues",
    "queues/<str:name>",
    "workers",
    "attention",
    "audit",
    "bulk",
)
urlpatterns: list[URLPattern] = [
    path("", page, name="home"),
    *(path(place, page) for place in PLACES),
    *(path(f"{place}/", without_slash) for place in PLACES),
    path("favicon.ico", Icon.as_view()),
    path("login", Login.as_view(), name="login"),
    path("logout", Logout.as_view(), name="logout"),
]
