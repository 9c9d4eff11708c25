"""As `startproject` writes them, with what sched needs in the two places that name it."""

import os
from pathlib import Path

from schedproject.databases import postgres, sqlite
from schedproject.in_project import sched_settings

BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = os.environ.get("SHOP_SECRET_KEY", "for a laptop only: a shop that is open gives it a real one")
DEBUG = os.environ.get("SHOP_DEBUG", "") == "true"
ALLOWED_HOSTS = ["localhost", "127.0.0.1"]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    # sched:
    "workflows",
    "timers",
    "dispatch",
    # The project's own:
    "orders",
]

# The engine works on this database too.
if dsn := os.environ.get("SHOP_POSTGRES_DSN"):
    DATABASES = {"default": postgres(dsn)}
else:
    DATABASES = {"default": sqlite(str(BASE_DIR / "shop.sqlite3"))}

# What the engine and the doors are told by variables as SCHED_REDIS_URL; all of them: docs/configuration.md.
SCHED = sched_settings(DATABASES)

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
ROOT_URLCONF = "shop.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "static/"
