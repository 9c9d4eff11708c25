"""The API's description, for programs and for people."""

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.views import APIView

from workflows.access.actions import Action
from workflows.api import access, problems
from workflows.api.requests import check_query
from workflows.api.security_schemes import ApiKeysScheme, SessionsScheme  # to import them is to register them


class Described(APIView):
    """What a view of this API has of its own. `parameters` are those of its query; others are refused."""

    parameters: ClassVar[tuple[str, ...]] = ()
    permission_classes = (access.MayUse,)
    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.READ}

    def get_authenticators(self) -> list[BaseAuthentication]:
        return access.authenticators()

    def perform_authentication(self, request: Request) -> None:
        super().perform_authentication(request)
        access.count_call(request)

    def get_exception_handler(self) -> Any:
        return problems.handle

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method in access.SAFE:
            check_query(request.query_params, self.parameters)


class Schema(Described, SpectacularAPIView):
    """OpenAPI 3, as JSON."""

    authentication_schemes = (ApiKeysScheme, SessionsScheme)

    renderer_classes = [OpenApiJsonRenderer]


class Docs(Described, SpectacularSwaggerSplitView):
    """A page to read it and try it. Its script is a resource of its own, as the content security policy demands."""

    parameters = ("script",)
    url_name = "api:schema"
    template_name = "sched/docs.html"
