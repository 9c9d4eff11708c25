"""The Django app that owns executions, their history and the doors to them."""

from django.apps import AppConfig


class WorkflowsConfig(AppConfig):
    name = "workflows"
    label = "sched_workflows"
    verbose_name = "Workflows"
