"""What is said instead of a page, in the frame of those pages."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

_HOME: Final = ("/", "Overview")


def said(
    request: HttpRequest,
    title: str,
    text: str,
    *,
    status: HTTPStatus,
    way_on: tuple[str, str] = _HOME,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """A page of two sentences.

    Args:
        request: What is answered.
        title: What is the matter.
        text: Why, and what can be done.
        status: Of the answer.
        way_on: Address and text of a link.
        headers: More of them.
    """
    context = {"title": title, "text": text, "way_on": way_on[0], "way_on_text": way_on[1]}
    answer = render(request, "sched/said.html", context, status=status)
    for name, value in (headers or {}).items():
        answer.headers[name] = value
    return answer
