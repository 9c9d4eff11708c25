"""What needs an operator, described for OpenAPI; see `schema`."""

from rest_framework import serializers as s

from workflows.api.schema import GUARDED, operation
from workflows.api.schema_words import NULL, instant, shape, text
from workflows.service.attention import COUNTED, KINDS, SHOWN

_FINDING = shape(
    "Finding",
    workflowId=text(**NULL),
    runId=text(help_text="Null if it is about a task queue or a bulk operation.", **NULL),
    taskQueue=text(help_text="Null if it is about something else.", **NULL),
    bulkOperation=s.IntegerField(help_text="Its id; null if it is about something else.", **NULL),
    what=text(help_text="What is wrong, in a sentence."),
    advice=text(help_text="What to do."),
    since=instant(**NULL),
)
_TROUBLE = shape(
    "Trouble",
    kind=s.ChoiceField(list(KINDS)),
    title=text(),
    found=s.IntegerField(help_text=f"How many; counted up to {COUNTED:,}."),
    bounded=s.BooleanField(help_text="There may be more than were counted."),
    findings=s.ListField(child=_FINDING, help_text=f"The first {SHOWN} at most."),
)
attention = operation(
    "getAttention",
    "What needs an operator",
    {200: shape("Attention", troubles=s.ListField(child=_TROUBLE))},
    refusals=(400, *GUARDED),
    tag="platform",
)
