"""Settings of the web process: REST, admin, live updates. It writes inline and reads the database; it runs no loop."""

import sys

from django.utils.csp import CSP

from schedproject import environment
from schedproject.settings.base import *  # noqa: F403
from schedproject.settings.base import BASE_DIR, OWN_APPS, SCHED, kept_secret

try:
    environment.check_web(SCHED)
except environment.BadVariable as refusal:
    sys.exit(f"sched: {refusal}")

SECRET_KEY = kept_secret()

INSTALLED_APPS = [
    "daphne",
    "schedproject.console.ConsoleConfig",  # django.contrib.admin
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "django_prometheus",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    *OWN_APPS,
    "workflows.dashboard",
]

MIDDLEWARE = [
    # Outermost, for the answers of those below it.
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "workflows.api.hosts.known_hosts",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "workflows.api.logins.LimitedLogins",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "schedproject.urls"
ASGI_APPLICATION = "schedproject.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "schedproject" / "templates"],
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

# What /api/health asks besides the database: by part, a function and its arguments.
SCHED_PROBES: dict[str, tuple[str, dict[str, object]]] = {
    "engine": (
        "workflows.rpc.probe.engine",
        {"address": SCHED.engine_address, "ca": SCHED.tls_ca, "cert": SCHED.tls_cert, "key": SCHED.tls_key},
    ),
}
if SCHED.redis_url:
    SCHED_PROBES["redis"] = ("dispatch.probe.redis", {"url": SCHED.redis_url})

# A page of another site may point its own name at 127.0.0.1; without this list it could read our answers.
ALLOWED_HOSTS = list(SCHED.allowed_hosts or environment.LOOPBACK_HOSTS)

SECURE_CSP: dict[str, list[str]] = {
    "default-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_SAMESITE = "Strict"
# Beyond loopback something before this process ends TLS, and says so in a header; on loopback there is none
# (docs/adr/0012).
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = not SCHED.on_loopback
SECURE_PROXY_SSL_HEADER = None if SCHED.on_loopback else ("HTTP_X_FORWARDED_PROTO", "https")
# Who probes does it from nearby, without TLS, and neither shows nor reads what is secret.
SECURE_REDIRECT_EXEMPT = [r"^api/health$"]
SECURE_HSTS_SECONDS = 0 if SCHED.on_loopback else 365 * 24 * 3600
# Subdomains and the lists of browsers are the affair of who owns the domain.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 3 * 1024 * 1024  # a payload of 2 MiB and what surrounds it

STATIC_URL = "static/"
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_USE_FINDERS = True  # served from the packages; nothing to collect on a laptop
# Names of the dashboard's files hold a digest of what is in them: browsers never ask for one again.
WHITENOISE_IMMUTABLE_FILE_TEST = r"^.*/sched/dashboard/assets/[^/]+-[\w-]{8}\.\w+$"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.AllowAny"
        if SCHED.open_access
        else "rest_framework.permissions.IsAuthenticated"
    ],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "sched",
    "DESCRIPTION": "Start, watch and steer durable workflows.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    # "or null" is said by the field alone, so that types made of it are no unions with an enumeration of nothing.
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
    "ENUM_NAME_OVERRIDES": {"TaskKindEnum": ["WORKFLOW", "ACTIVITY"]},
}
