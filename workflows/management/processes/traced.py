"""Traces of this process, if the environment asks for them."""

import sys

from django.conf import settings

from workflows import tracing


def trace_as(service: str) -> None:
    """`service` is what it is called, unless SCHED_OTEL_SERVICE_NAME says otherwise. Ends a process that cannot."""
    environment = settings.SCHED
    try:
        tracing.configure(environment.otlp_endpoint, environment.otel_service_name or service)
    except ImportError as error:
        sys.exit(
            f"sched: SCHED_OTLP_ENDPOINT is set: {error.name} is missing; pip install 'sched-server[otel]'."
        )
