"""Whether the settings say what an engine or a web process must know."""

from django.conf import settings

from workflows.management.processes.refusal import CannotStart


def check_configured() -> None:
    """Refuses settings of a project that has installed the apps and no more.

    Raises:
        CannotStart: saying what to add.
    """
    if not hasattr(getattr(settings, "SCHED", None), "engine_port"):
        raise CannotStart(
            f"{settings.SETTINGS_MODULE} has no SCHED; add these lines below DATABASES:\n"
            "    from schedproject.in_project import sched_settings\n"
            "    SCHED = sched_settings(DATABASES)"
        )
