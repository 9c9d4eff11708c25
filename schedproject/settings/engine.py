"""Settings of `manage.py runengine`: gRPC and the loops. No admin, no REST, no HTTP server, so no memory for them."""

from schedproject.settings.base import *  # noqa: F403
from schedproject.settings.base import OWN_APPS

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    # For django-grpc-framework, whose serializers and services are built on it.
    "rest_framework",
    "django_grpc_framework",
    *OWN_APPS,
]
MIDDLEWARE: list[str] = []
