"""The page's addresses; its router has the same. Anything else below them is nothing."""

from typing import Final

from django.urls import URLPattern, path

from workflows.dashboard.views import Login, Logout, page

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
    path("login", Login.as_view(), name="login"),
    path("logout", Logout.as_view(), name="logout"),
]
