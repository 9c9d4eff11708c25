"""A Django app of its own: the built files are its static files, and a project of others may do without them."""

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "workflows.dashboard"
    label = "sched_dashboard"
    verbose_name = "Dashboard"
