"""Django app of the tasks."""

from django.apps import AppConfig


class DispatchConfig(AppConfig):
    name = "dispatch"
    label = "sched_dispatch"
    verbose_name = "Tasks"
