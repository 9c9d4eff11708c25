"""As `schema`: who asks, and the audit."""

from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers as s

from workflows.access.actions import Action
from workflows.api.schema import PAGE_SIZE, READING, operation, query
from workflows.api.schema_words import NULL, WORKFLOW_ID, instant, shape, text
from workflows.service import limits

me = operation(
    "getMe",
    "Who asks, and what they may do",
    {
        200: shape(
            "Me",
            name=text(**NULL),
            kind=s.ChoiceField(["user", "key", "anybody"]),
            actions=s.ListField(child=s.ChoiceField([action.value for action in Action])),
            openAccess=s.BooleanField(help_text="No credentials are demanded here."),
            adminUrl=text(help_text="Where the Django admin is, for who may enter it.", **NULL),
        )
    },
    refusals=READING,
)
AUDIT_ENTRY = shape(
    "AuditEntry",
    at=instant(),
    who=text(help_text="A user, `key/` and an API key's name, or empty where access was open."),
    door=text(),
    action=text(),
    workflowId=text(**NULL),
    runId=text(**NULL),
    reason=text(),
    details=s.DictField(),
)
audit = operation(
    "listAudit",
    "What was done, by whom and why; newest first",
    {200: shape("AuditPage", entries=s.ListField(child=AUDIT_ENTRY), nextCursor=text(**NULL))},
    refusals=READING,
    parameters=[
        query("who", "By this caller.", {"type": "string", "maxLength": limits.IDENTITY_MAX}),
        query("workflowId", "On this workflow id.", WORKFLOW_ID),
        query("action", "Of this kind.", {"type": "string", "maxLength": limits.IDENTITY_MAX}),
        query("before", "Earlier than this instant.", OpenApiTypes.DATETIME),
        PAGE_SIZE,
        query("cursor", "`nextCursor` of the page before."),
    ],
)
