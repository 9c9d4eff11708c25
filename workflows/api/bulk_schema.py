"""Bulk operations described, for OpenAPI. Nothing here is run by a request."""

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers as s

from workflows.api import bulk
from workflows.api.schema import ACTING, IDEMPOTENCY_KEY, ONE, READING, operation, query, status, whole
from workflows.api.schema_words import NULL, OPTIONAL, identifier, instant, payload, shape, text
from workflows.service import limits
from workflows.service.bulk import Kind, State
from workflows.service.bulk.seen import NUMBER_MAX

_FILTERS = {
    "status": status(**OPTIONAL),
    "workflowName": identifier(**OPTIONAL),
    "taskQueue": identifier(**OPTIONAL),
    "startedAfter": instant(**OPTIONAL),
    "startedBefore": instant(**OPTIONAL),
    "idPrefix": identifier(**OPTIONAL),
}
_ACTION = s.ChoiceField([kind.value for kind in Kind])
_BODY = shape(
    "BulkRequest",
    action=_ACTION,
    filters=shape("BulkFilters", **_FILTERS),
    all=s.BooleanField(help_text="Demanded where the filters leave nothing out.", **OPTIONAL),
    reason=s.CharField(
        max_length=limits.REASON_MAX, allow_blank=True, help_text="Of cancel and terminate.", **OPTIONAL
    ),
    signalName=identifier(**OPTIONAL),
    payload=payload(**OPTIONAL),
    dryRun=s.BooleanField(help_text="Look only: nothing is done.", **OPTIONAL),
)
_OPERATION = shape(
    "BulkOperation",
    id=s.IntegerField(),
    action=_ACTION,
    filters=s.DictField(child=text()),
    reason=text(),
    signalName=text(**NULL),
    requestedBy=text(**NULL),
    door=text(),
    state=s.ChoiceField([state.value for state in State]),
    createdAt=instant(),
    begunAt=instant(**NULL),
    finishedAt=instant(**NULL),
    found=s.IntegerField(help_text="Executions that matched when it was asked for."),
    matched=s.IntegerField(help_text="Executions that it has come to."),
    changed=s.IntegerField(),
    skipped=s.IntegerField(help_text="For which there was nothing to do."),
    failed=s.IntegerField(),
    ratePerSecond=s.FloatField(**NULL),
    secondsLeft=s.FloatField(help_text="At that rate.", **NULL),
    problem=text(help_text="The last one.", **NULL),
)
_TARGET = shape("BulkTarget", workflowId=text(), runId=text())
_PREVIEW = shape("BulkPreview", found=s.IntegerField(), first=s.ListField(child=_TARGET))
_NUMBER = OpenApiParameter(
    "number",
    {"type": "integer", "minimum": 1, "maximum": NUMBER_MAX},
    OpenApiParameter.PATH,
    description="Its id.",
)

start = operation(
    "startBulkOperation",
    "Signal, cancel, terminate or retry many",
    {202: _OPERATION, 200: _PREVIEW},
    refusals=(*READING, *ACTING),
    parameters=[IDEMPOTENCY_KEY],
    body=_BODY,
)
listing = operation(
    "listBulkOperations",
    "Bulk operations, newest first",
    {200: shape("BulkPage", operations=s.ListField(child=_OPERATION), nextBefore=s.IntegerField(**NULL))},
    refusals=READING,
    parameters=[
        query("pageSize", "At most so many.", whole(1, bulk.OPERATIONS_MAX, bulk.OPERATIONS)),
        query("before", "With a smaller id.", whole(1, bulk.BEFORE_MAX, bulk.BEFORE_MAX)),
    ],
)
get = operation(
    "getBulkOperation",
    "How far it has come",
    {200: _OPERATION},
    refusals=(*READING, *ONE),
    parameters=[_NUMBER],
)
stop = operation(
    "stopBulkOperation",
    "Stop it; what was done stays",
    {202: _OPERATION},
    refusals=(*READING, *ONE, *ACTING),
    parameters=[_NUMBER],
)
