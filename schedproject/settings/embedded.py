"""Settings of one process that is engine and web at once: `make up`, `make demo`."""

from schedproject.settings.web import *  # noqa: F403
from schedproject.settings.web import INSTALLED_APPS as WEB_APPS

INSTALLED_APPS = [*WEB_APPS, "django_grpc_framework"]
