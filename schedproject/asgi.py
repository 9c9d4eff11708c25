"""The web process's ASGI application."""

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "schedproject.settings.web")

django = get_asgi_application()

from workflows.api.shedding import Shedding  # noqa: E402 - Django's registry of apps comes first

application = ProtocolTypeRouter({"http": Shedding(django)})
