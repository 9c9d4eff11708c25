"""The web process's ASGI application."""

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

from workflows.management.processes.traced import trace_as
from workflows.tracing import trace_requests

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "schedproject.settings.web")
trace_as("sched-web")
trace_requests()

django = get_asgi_application()

from workflows.api.headers import Headed  # noqa: E402 - Django's registry of apps comes first
from workflows.api.shedding import Shedding  # noqa: E402
from workflows.live.connection import Connection  # noqa: E402
from workflows.live.handshake import Handshake  # noqa: E402

application = ProtocolTypeRouter(
    {"http": Headed(Shedding(django)), "websocket": Handshake(Connection.as_asgi())}
)
