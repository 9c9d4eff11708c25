"""What is asked of the platform as a whole: is it well, how much is there."""

from rest_framework.request import Request
from rest_framework.response import Response

from workflows.access.actions import Action
from workflows.api import health, shapes
from workflows.api import schema_system as schema
from workflows.api.views.base import View
from workflows.core.keys import DEFAULT_NAMESPACE
from workflows.store import reader


class Health(View):
    """For load balancers and people: no permission is asked, and it tells up or down, no more."""

    is_public = True
    asks_database = False

    @schema.health
    def get(self, request: Request) -> Response:
        found = health.check()
        document = {"status": "up" if found.is_up else "down", "parts": found.parts}
        return Response(document, status=200 if found.is_up else 503)


class Metrics(View):
    actions = {"GET": Action.READ}

    @schema.metrics
    def get(self, request: Request) -> Response:
        return Response(shapes.totals(reader.totals(DEFAULT_NAMESPACE)))
