"""The modules of a project's apps that define workflows and activities."""

from django.apps import apps
from django.utils.module_loading import autodiscover_modules

from workflows.worker import registry

MODULES = ("sched_workflows", "sched_activities")


class NothingRegistered(Exception):
    """No app has anything for a worker to do; the message says where was looked."""

    def __init__(self) -> None:
        first, second = MODULES
        labels = ", ".join(config.name for config in apps.get_app_configs())
        super().__init__(
            f"no app has a module {first} or {second} that registers a workflow or an activity; looked at: {labels}."
        )


def discover() -> None:
    """Import them all. An app may have both modules, one or none.

    Raises:
        NothingRegistered: there is nothing to serve.
        Exception: whatever a module raises; a worker without it would send its tasks back.
    """
    autodiscover_modules(*MODULES)
    if not (registry.workflows or registry.activities):
        raise NothingRegistered
