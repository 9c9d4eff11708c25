"""Django app of the timers."""

from django.apps import AppConfig


class TimersConfig(AppConfig):
    name = "timers"
    label = "sched_timers"
    verbose_name = "Timers"
