"""The API's description, for programs and for people."""

from typing import Any

from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.authentication import BaseAuthentication
from rest_framework.views import APIView

from workflows.api import access, problems
from workflows.api.sessions_scheme import SessionsScheme  # to import it is to register it


class Described(APIView):
    """What a view of this API has of its own."""

    permission_classes = (access.MayUse,)

    def get_authenticators(self) -> list[BaseAuthentication]:
        return access.authenticators()

    def get_exception_handler(self) -> Any:
        return problems.handle


class Schema(Described, SpectacularAPIView):
    """OpenAPI 3, as JSON."""

    authentication_scheme = SessionsScheme

    renderer_classes = [OpenApiJsonRenderer]


class Docs(Described, SpectacularSwaggerSplitView):
    """A page to read it and try it. Its script is a resource of its own, as the content security policy demands."""

    url_name = "api:schema"
    template_name = "sched/docs.html"
