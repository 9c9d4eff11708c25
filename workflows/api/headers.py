"""The headers that every answer bears, also those that no middleware of Django's has seen: what is shed, for one."""

from typing import Any

from django.conf import settings
from django.utils.csp import build_policy

from workflows.api.shedding import Receive, Scope, Send


class Headed:
    """An ASGI application around another. What an answer has of its own is left alone."""

    def __init__(self, application: Any) -> None:
        self._application = application
        self._headers = {name: value.encode() for name, value in security_headers().items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_headed(message: Any) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", ()))
                names = {bytes(name).lower() for name, _ in given}
                more = [(name, value) for name, value in self._headers.items() if name not in names]
                message = {**message, "headers": [*given, *more]}
            await send(message)

        await self._application(scope, receive, send_headed)


def security_headers() -> dict[bytes, str]:
    """By their names in small letters."""
    found = {
        b"content-security-policy": build_policy(settings.SECURE_CSP),
        b"x-content-type-options": "nosniff",
        b"x-frame-options": settings.X_FRAME_OPTIONS,
        b"referrer-policy": settings.SECURE_REFERRER_POLICY,
        b"cross-origin-opener-policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
    }
    if settings.SECURE_HSTS_SECONDS:
        found[b"strict-transport-security"] = f"max-age={settings.SECURE_HSTS_SECONDS}"
    return found
