"""The API described: what each operation takes and answers, for OpenAPI. Nothing here is run by a request.

Bodies are checked by `requests`, whose errors name field and rule; the serializers below only describe them.
"""

from collections.abc import Callable
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_field,
    inline_serializer,
)
from rest_framework import serializers as s

from workflows.api import acts, requests
from workflows.api.body import BODY_MAX
from workflows.api.schema_words import (
    IDENTIFIER,
    MIB,
    NULL,
    OPTIONAL,
    WORKFLOW_ID,
    identifier,
    instant,
    payload,
    shape,
    text,
    workflow_id,
)
from workflows.core.values import ConflictPolicy, FailureKind, ReusePolicy, Status, TimeoutKind
from workflows.service import limits
from workflows.store.reader import ActivityState

Operation = Callable[[Callable[..., Any]], Callable[..., Any]]


@extend_schema_field({"allOf": [{"$ref": "#/components/schemas/Failure"}], "nullable": True})
class Cause(s.JSONField):
    """A failure within a failure: a serializer cannot name itself."""


FAILURE = inline_serializer(
    "Failure",
    {
        "kind": s.ChoiceField([kind.name for kind in FailureKind]),
        "type": text(),
        "message": text(**NULL),
        "stackTrace": text(**NULL),
        "timeout": s.ChoiceField([kind.name for kind in TimeoutKind], allow_null=True),
        "nonRetryable": s.BooleanField(),
        "details": payload(),
        "cause": Cause(),
    },
    allow_null=True,
)


def status(**options: Any) -> s.ChoiceField:
    return s.ChoiceField([each.value for each in Status], **options)


FIELD_ERROR = shape("FieldError", field=text(), value=text(), rule=text())
PROBLEM = shape(
    "Problem",
    type=text(),
    title=text(),
    status=s.IntegerField(),
    code=text(),
    detail=text(),
    errors=s.ListField(child=FIELD_ERROR),
    runId=text(**OPTIONAL),
    action=text(help_text="That the caller may not take.", **OPTIONAL),
)
EXECUTION: dict[str, Any] = {
    "workflowId": text(),
    "runId": text(),
    "workflowName": text(),
    "taskQueue": text(),
    "status": status(**NULL),
    "startedAt": instant(),
    "closedAt": instant(**NULL),
    "executionTimeoutSeconds": s.FloatField(**NULL),
    "historyLength": s.IntegerField(),
    "cancelRequested": s.BooleanField(),
    "memo": payload(),
    "searchAttributes": payload(),
    "problem": text(help_text="Why its workflow task is parked.", **NULL),
}
STARTED = shape("Started", workflowId=text(), runId=text(), started=s.BooleanField())
STEERED = shape(
    "Steered",
    runId=text(),
    changed=s.BooleanField(help_text="False if the request was a repeat, or the run had ended."),
    status=status(),
)
RETRIED = shape(
    "Retried",
    workflowId=text(),
    runId=text(help_text="The new run."),
    retryOfRunId=text(help_text="Null if the idempotency key was not used for a retry before.", **NULL),
)
ACTIVITY = shape(
    "PendingActivity",
    number=s.IntegerField(),
    activityType=text(),
    taskQueue=text(),
    state=s.ChoiceField([state.value for state in ActivityState]),
    attempt=s.IntegerField(),
    delivery=s.IntegerField(),
    worker=text(**NULL),
    scheduledAt=instant(),
    startedAt=instant(**NULL),
    heartbeatAt=instant(**NULL),
    heartbeatDetails=payload(),
    lastFailure=FAILURE,
    nextAttemptAt=instant(**NULL),
    problem=text(**NULL),
)
WITHHELD = s.BooleanField(help_text="The caller may not see payloads; they are shown as null.")
PENDING = shape(
    "Pending",
    payloadsHidden=WITHHELD,
    activities=s.ListField(child=ACTIVITY),
    timers=s.ListField(child=shape("PendingTimer", number=s.IntegerField(), dueAt=instant())),
    signals=s.ListField(
        child=shape(
            "PendingSignal", number=s.IntegerField(), name=text(), payload=payload(), receivedAt=instant()
        )
    ),
    workflowTask=shape(
        "PendingWorkflowTask",
        NULL,
        turn=s.IntegerField(),
        delivery=s.IntegerField(),
        worker=text(**NULL),
        problem=text(**NULL),
        nextDeliveryAt=instant(**NULL),
    ),
)
APPROXIMATE = s.BooleanField(help_text="There are so many that great figures are scaled up from a sample.")
EVENT = shape(
    "Event",
    number=s.IntegerField(),
    type=text(help_text="`Unreadable` if it is damaged; its attributes then hold `problem`."),
    time=instant(**NULL),
    attributes=s.DictField(child=payload()),
)
PROBLEMS = {
    400: "Bad input; `errors` names each field, its value (shortened) and the rule.",
    401: "No credentials, or none that are valid; which, is not told.",
    403: "The caller may not take the `action`, or the CSRF token of a session is missing.",
    404: "There is no such execution.",
    409: "`ALREADY_EXISTS`, `CLOSED`, `ID_BUSY` or `DAMAGED`; `runId` is the run in the way.",
    413: f"A payload has more than {limits.PAYLOAD_MAX // MIB} MiB, or the body more than {BODY_MAX // MIB} MiB.",
    415: "The headers do not say that the body is JSON in UTF-8 and not compressed.",
    429: "Too many calls of this caller, or refused credentials from its address; come again after `Retry-After`.",
    503: "The database cannot be reached, or too many requests are under way; come again after `Retry-After`.",
}
GUARDED = (401, 403, 429, 503)
READING, ONE, ACTING = (400, *GUARDED), (404,), (409, 413, 415)


def query(name: str, what: str, kind: Any = str, **options: Any) -> OpenApiParameter:
    return OpenApiParameter(name, kind, OpenApiParameter.QUERY, description=what, **options)


def whole(least: int, most: int, default: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": least, "maximum": most, "default": default}


ID = OpenApiParameter("workflow_id", WORKFLOW_ID, OpenApiParameter.PATH, description="The workflow id.")
RUN_ID = query("runId", "A run other than the current one.", OpenApiTypes.UUID)
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    IDENTIFIER,
    OpenApiParameter.HEADER,
    description=f"The same key twice has one effect; it {limits.IDENTIFIER_RULE}.",
)
REASON_WHY = OpenApiParameter(
    acts.REASON_HEADER,
    {"type": "string", "maxLength": limits.REASON_MAX, "pattern": "^[ -~]*$"},
    OpenApiParameter.HEADER,
    description=f"Why, for the audit; {acts.REASON_RULE}.",
)
FILTERS = [
    query("status", "Of this status.", enum=[each.value for each in Status]),
    query("workflowName", "Of this workflow type.", IDENTIFIER),
    query("taskQueue", "Of this task queue.", IDENTIFIER),
    query("startedAfter", "Started later than this instant.", OpenApiTypes.DATETIME),
    query("startedBefore", "Started earlier than this instant.", OpenApiTypes.DATETIME),
    query("idPrefix", "Workflow id begins with this.", IDENTIFIER),
]
PAGE_SIZE = query("pageSize", "At most so many.", whole(1, requests.PAGE_SIZE_MAX, requests.PAGE_SIZE))


IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    str,
    OpenApiParameter.HEADER,
    description="The `ETag` of an answer before: 304, without a body, if nothing of it has changed.",
)
NOT_MODIFIED = OpenApiResponse(description="What the caller has is what would be shown.")


def operation(
    name: str,
    summary: str,
    answers: dict[int, Any],
    *,
    refusals: tuple[int, ...],
    parameters: list[OpenApiParameter] | None = None,
    body: Any = None,
    tag: str = "workflows",
) -> Operation:
    """A decorator for a view's method."""
    problems = {
        (code, "application/problem+json"): OpenApiResponse(PROBLEM, description=PROBLEMS[code])
        for code in refusals
    }
    return extend_schema(
        operation_id=name,
        summary=summary,
        tags=[tag],
        parameters=parameters,
        request=body,
        responses={**dict(map(_answer, answers.items())), **problems},
    )


def _answer(each: tuple[int, Any]) -> tuple[Any, Any]:
    code, shape_ = each
    return (code if code == 304 else (code, "application/json")), shape_


OBJECT = f"A JSON object of at most {limits.PAYLOAD_MAX // MIB} MiB, kept byte for byte."
START = shape(
    "Start",
    workflowName=identifier(),
    input=payload(**OPTIONAL),
    workflowId=workflow_id(**OPTIONAL),
    taskQueue=identifier(default=requests.DEFAULT_QUEUE, **OPTIONAL),
    executionTimeoutSeconds=s.FloatField(
        min_value=1e-6, max_value=limits.TIMEOUT_MAX.total_seconds(), **OPTIONAL
    ),
    memo=s.DictField(child=payload(), help_text=OBJECT, **OPTIONAL),
    searchAttributes=s.DictField(child=payload(), help_text=OBJECT, **OPTIONAL),
    workflowIdReusePolicy=s.ChoiceField([each.value for each in ReusePolicy], **OPTIONAL),
    workflowIdConflictPolicy=s.ChoiceField([each.value for each in ConflictPolicy], **OPTIONAL),
)
SIGNAL = shape("Signal", name=identifier(), payload=payload(**OPTIONAL))
NOTHING: dict[str, Any] = {"application/json": {"type": "object", "additionalProperties": False}}
REASON = shape("Reason", reason=s.CharField(max_length=limits.REASON_MAX, allow_blank=True, **OPTIONAL))

start = operation(
    "startWorkflow",
    "Start a workflow",
    {201: STARTED, 200: STARTED},
    refusals=(*READING, *ACTING),
    parameters=[IDEMPOTENCY_KEY, REASON_WHY],
    body=START,
)
listing = operation(
    "listWorkflows",
    "Executions, newest first",
    {
        200: shape(
            "WorkflowPage",
            workflows=s.ListField(child=shape("Execution", **EXECUTION)),
            nextCursor=text(**NULL),
            payloadsHidden=WITHHELD,
        )
    },
    refusals=READING,
    parameters=[*FILTERS, PAGE_SIZE, query("cursor", "`nextCursor` of the page before.")],
)
counts = operation(
    "countWorkflows",
    "How many executions in each status",
    {200: shape("Counts", **{each.value: s.IntegerField() for each in Status}, approximate=APPROXIMATE)},
    refusals=READING,
    parameters=FILTERS,
)
get = operation(
    "getWorkflow",
    "One execution",
    {
        200: shape(
            "Description",
            **EXECUTION,
            input=payload(),
            result=payload(),
            failure=FAILURE,
            payloadsHidden=WITHHELD,
        ),
        304: NOT_MODIFIED,
    },
    refusals=(*READING, *ONE),
    parameters=[ID, RUN_ID, IF_NONE_MATCH],
)
pending = operation(
    "getPendingWork",
    "What it waits for",
    {200: PENDING, 304: NOT_MODIFIED},
    refusals=(*READING, *ONE),
    parameters=[ID, RUN_ID, IF_NONE_MATCH],
)
history = operation(
    "getHistory",
    "Its events, in order",
    {
        200: shape(
            "HistoryPage",
            runId=text(),
            events=s.ListField(child=EVENT),
            nextAfter=s.IntegerField(**NULL),
            payloadsHidden=WITHHELD,
        ),
        304: NOT_MODIFIED,
    },
    refusals=(*READING, *ONE),
    parameters=[
        ID,
        RUN_ID,
        IF_NONE_MATCH,
        query("after", "Events with a greater number.", whole(0, requests.EVENTS_MAX, 0)),
        query(
            "pageSize",
            "At most so many.",
            whole(1, requests.HISTORY_PAGE_SIZE_MAX, requests.HISTORY_PAGE_SIZE),
        ),
    ],
)
WAIT = {"type": "number", "minimum": 0, "maximum": requests.WAIT_SECONDS_MAX, "default": 0}
result = operation(
    "getResult",
    "How it ended; RUNNING if it did not in time",
    {
        200: shape(
            "Outcome",
            runId=text(),
            status=status(),
            result=payload(),
            failure=FAILURE,
            payloadsHidden=WITHHELD,
        )
    },
    refusals=(*READING, *ONE),
    parameters=[ID, RUN_ID, query("wait", "Seconds; answered as soon as it ends.", WAIT)],
)
signal, cancel, terminate = (
    operation(
        f"{name}Workflow",
        summary,
        {202: STEERED},
        refusals=(*READING, *ONE, *ACTING),
        parameters=[ID, RUN_ID, IDEMPOTENCY_KEY, REASON_WHY],
        body=body,
    )
    for name, summary, body in (
        ("signal", "Send it a signal", SIGNAL),
        ("cancel", "Ask it to stop", REASON),
        ("terminate", "End it at once", REASON),
    )
)
retry = operation(
    "retryWorkflow",
    "Start a new run that repeats one that has ended",
    {202: RETRIED},
    refusals=(*READING, *ONE, *ACTING),
    parameters=[ID, RUN_ID, IDEMPOTENCY_KEY],
    body=NOTHING,
)
