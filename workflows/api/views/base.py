"""What all views share: strict JSON in, JSON out, problem details for what is refused."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, ClassVar

from django.http import Http404, HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import JSONParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from workflows.api import access, body, etags, health, problems
from workflows.api.body import BODY_MAX, Member, TooLarge
from workflows.api.rendering import JSONRenderer
from workflows.api.requests import check_query
from workflows.api.shapes import Document, Shapes

Read = Callable[[], tuple[Document, bool]]
"""Makes a document, and says whether it tells of damage."""


class AlwaysJSON(BaseContentNegotiation):
    """There is one representation, whatever a client accepts."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class View(APIView):
    """A path of the API. `parameters` are those of its query, by method; others are refused."""

    parameters: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    asks_database: ClassVar[bool] = True
    parser_classes = (JSONParser,)  # for the schema; bodies are read by `members`
    renderer_classes = (JSONRenderer,)
    content_negotiation_class = AlwaysJSON
    permission_classes: Any = (access.MayUse,)

    def get_authenticators(self) -> list[BaseAuthentication]:
        return access.authenticators()

    def get_exception_handler(self) -> Any:
        return problems.handle

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse before anything is read: who may not, and parameters that nobody would read."""
        super().initial(request, *args, **kwargs)
        method = "GET" if request.method == "HEAD" else request.method or ""
        if method in self.allowed_methods:
            check_query(request.query_params, self.parameters.get(method, ()))

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        if self.asks_database and response.status_code < HTTPStatus.BAD_REQUEST:
            health.told(problems.DOOR, "")
        return super().finalize_response(request, response, *args, **kwargs)

    def shapes(self) -> Shapes:
        return Shapes(payloads=access.may_see_payloads(self.request))

    def unless_known(self, tag: str, document: Read) -> Response:
        """The document with its tag; 304, and nothing is made, if the caller has what the tag names."""
        # For this caller alone, and kept only to be asked about.
        headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
        if etags.is_known(self.request.headers.get("If-None-Match", ""), tag):
            return Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
        made, is_damaged = document()
        return Response(made, headers=None if is_damaged else headers)

    def members(self, *, optional: bool = False) -> dict[str, Member]:
        """The members of the request's body.

        Args:
            optional: there need not be one, and then no content type either.

        Raises:
            NotJSON: it does not say that it is JSON.
            Malformed: it is none.
            TooLarge: it is longer than any we would take.
        """
        request = self.request._request  # noqa: SLF001 - the stream, which no parser has touched
        content_type = request.content_type or ""
        if optional and not content_type and self._sends_nothing(request):
            return {}
        charset = (request.content_params or {}).get("charset", "")
        body.check_headers(content_type, charset, request.headers.get("Content-Encoding", ""))
        if int(request.META.get("CONTENT_LENGTH") or 0) > BODY_MAX:
            raise TooLarge
        data = request.read(BODY_MAX + 1)
        if len(data) > BODY_MAX:
            raise TooLarge
        return body.read(data)

    @staticmethod
    def _sends_nothing(request: HttpRequest) -> bool:
        """Whether the body is empty, and no page's: browsers name the page's `Origin` with every POST.

        A page of another site can have its visitors' browsers send an empty body unasked, but not a JSON one.
        """
        return "Origin" not in request.headers and not request.read(1)


class Nothing(View):
    """Paths below the API that are none."""

    permission_classes = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise Http404
