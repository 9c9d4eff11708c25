"""Settings of `manage.py runengine`: gRPC and the loops. No admin, no REST, no HTTP server, so no memory for them."""

import sys

from django.utils.functional import SimpleLazyObject

from schedproject import environment
from schedproject.settings.base import *  # noqa: F403
from schedproject.settings.base import OWN_APPS, SCHED, kept_secret

try:
    environment.check_engine(SCHED)
    environment.check_ports(ENGINE_PORT=SCHED.engine_port, SCHED_METRICS_PORT=SCHED.metrics_port)
except environment.BadVariable as refusal:
    sys.exit(f"sched: {refusal}")

SECRET_KEY = SimpleLazyObject(kept_secret)
"""Made when it is asked for: `fsck`, and an engine that finds no database, leave nothing behind."""

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    # For django-grpc-framework, whose serializers and services are built on it.
    "rest_framework",
    "django_grpc_framework",
    *OWN_APPS,
]
MIDDLEWARE: list[str] = []
