"""As `schema`: what is asked of the platform as a whole."""

from rest_framework import serializers as s

from workflows.api.schema import GUARDED, operation
from workflows.api.schema_words import NULL, shape, text

_HEALTH = shape("Health", status=text(help_text="up or down"), parts=s.DictField(child=text()))
health = operation(
    "getHealth", "Is the platform well", {200: _HEALTH, 503: _HEALTH}, refusals=(), tag="platform"
)
metrics = operation(
    "getMetrics",
    "Totals",
    {
        200: shape(
            "Totals",
            byStatus=s.DictField(child=s.IntegerField()),
            byType=s.DictField(child=s.IntegerField()),
            averageDurationSeconds=s.FloatField(**NULL),
        )
    },
    refusals=GUARDED,
    tag="platform",
)
