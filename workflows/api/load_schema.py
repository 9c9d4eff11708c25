"""The operations of task queues, workers and series described; see `schema`."""

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers as s

from workflows.api import requests
from workflows.api.schema import APPROXIMATE, GUARDED, READING, operation, query
from workflows.api.schema_words import IDENTIFIER, NULL, instant, shape, text

KIND = s.ChoiceField(["WORKFLOW", "ACTIVITY"])
TASK_QUEUE = shape(
    "TaskQueue",
    taskQueue=text(),
    kind=KIND,
    backlog=s.IntegerField(),
    oldestAgeSeconds=s.FloatField(**NULL),
    inFlight=s.IntegerField(),
    workers=s.IntegerField(help_text="That serve it."),
    slots=s.IntegerField(help_text="Of all of them."),
)
WORKER = shape(
    "Worker",
    identity=text(),
    taskQueue=text(),
    kind=KIND,
    types=s.ListField(child=text(), help_text="What it has registered."),
    build=text(**NULL),
    slots=s.IntegerField(help_text="Tasks that it has in hand at most."),
    inFlight=s.IntegerField(help_text="Tasks that it has in hand."),
    streaming=s.BooleanField(help_text="It has a stream; else it polls."),
    connectedAt=instant(),
    engine=text(help_text="To which it is connected."),
)
BUCKET = shape(
    "Bucket",
    at=instant(),
    started=s.IntegerField(),
    completed=s.IntegerField(),
    failed=s.IntegerField(),
    otherEnds=s.IntegerField(help_text="Canceled, terminated, timed out."),
    meanDurationSeconds=s.FloatField(**NULL),
    p50DurationSeconds=s.FloatField(**NULL),
    p95DurationSeconds=s.FloatField(**NULL),
)
NAME = OpenApiParameter("name", IDENTIFIER, OpenApiParameter.PATH, description="The task queue.")
OF_QUEUE = query("taskQueue", "Of this task queue.", IDENTIFIER)
WINDOW = query(
    "window",
    "How far back.",
    {"type": "string", "enum": list(requests.WINDOWS), "default": requests.WINDOW},
)

task_queues = operation(
    "listTaskQueues",
    "What waits where, and how many workers serve it",
    {200: shape("TaskQueues", taskQueues=s.ListField(child=type(TASK_QUEUE)()))},
    refusals=GUARDED,
    tag="platform",
)
task_queue = operation(
    "getTaskQueue",
    "One task queue and its workers",
    {
        200: shape(
            "TaskQueueDescription",
            taskQueue=text(),
            kinds=s.ListField(child=type(TASK_QUEUE)()),
            workers=s.ListField(child=type(WORKER)()),
        )
    },
    refusals=READING,
    parameters=[NAME],
    tag="platform",
)
workers = operation(
    "listWorkers",
    "Who is connected to any engine",
    {200: shape("Workers", workers=s.ListField(child=type(WORKER)()))},
    refusals=READING,
    parameters=[OF_QUEUE],
    tag="platform",
)
stats = operation(
    "getStats",
    "What started and what ended, in equal spans of time",
    {
        200: shape(
            "Series",
            window=s.ChoiceField(list(requests.WINDOWS)),
            bucketSeconds=s.IntegerField(),
            approximate=APPROXIMATE,
            buckets=s.ListField(child=BUCKET),
        )
    },
    refusals=READING,
    parameters=[WINDOW],
    tag="platform",
)
