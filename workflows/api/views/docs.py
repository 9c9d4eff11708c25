"""The API's description, for programs and for people."""

from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.authentication import BaseAuthentication

from workflows.api import access


class Schema(SpectacularAPIView):
    """OpenAPI 3, as JSON."""

    renderer_classes = [OpenApiJsonRenderer]
    permission_classes = (access.MayUse,)

    def get_authenticators(self) -> list[BaseAuthentication]:
        return access.authenticators()


class Docs(SpectacularSwaggerSplitView):
    """A page to read it and try it. Its script is a resource of its own, as the content security policy demands."""

    url_name = "api:schema"
    template_name = "sched/docs.html"
    permission_classes = (access.MayUse,)

    def get_authenticators(self) -> list[BaseAuthentication]:
        return access.authenticators()
