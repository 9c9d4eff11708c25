"""`/metrics` of the web process, for Prometheus: text, beside the API, and with the API's credentials."""

from django.http import HttpResponse
from django_prometheus.exports import ExportToDjangoView
from rest_framework.request import Request

from workflows.access.actions import Action
from workflows.api.views.base import View


class Exposition(View):
    """What this process has counted; no label carries an id."""

    actions = {"GET": Action.READ}
    parameters = {"GET": ("name[]",)}
    asks_database = False
    schema = None

    def get(self, request: Request) -> HttpResponse:
        found: HttpResponse = ExportToDjangoView(request)
        return found
