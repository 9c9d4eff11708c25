"""How much there is to do, and who does it: task queues, workers, and series for charts."""

from datetime import timedelta

from rest_framework.request import Request
from rest_framework.response import Response

from timers.clock import SystemClock
from workflows.api import load_schema, requests, shapes
from workflows.api.views.base import View
from workflows.core.keys import DEFAULT_NAMESPACE
from workflows.service import limits
from workflows.store import reader


class TaskQueues(View):
    @load_schema.task_queues
    def get(self, request: Request) -> Response:
        loads, workers = reader.queues(DEFAULT_NAMESPACE), reader.workers(DEFAULT_NAMESPACE)
        return Response({"taskQueues": shapes.queues(loads, workers, SystemClock().now())})


class TaskQueue(View):
    """One without work and workers is none that is known, and no error: both may come."""

    @load_schema.task_queue
    def get(self, request: Request, name: str) -> Response:
        limits.require(limits.identifier_error("taskQueue", name))
        loads, workers = reader.queues(DEFAULT_NAMESPACE, name), reader.workers(DEFAULT_NAMESPACE, name)
        document = {
            "taskQueue": name,
            "kinds": shapes.queues(loads, workers, SystemClock().now()),
            "workers": list(map(shapes.worker, workers)),
        }
        return Response(document)


class Workers(View):
    parameters = {"GET": ("taskQueue",)}

    @load_schema.workers
    def get(self, request: Request) -> Response:
        found = reader.workers(DEFAULT_NAMESPACE, requests.task_queue_of(request.query_params))
        return Response({"workers": list(map(shapes.worker, found))})


class Stats(View):
    parameters = {"GET": ("window",)}

    @load_schema.stats
    def get(self, request: Request) -> Response:
        window = requests.window_of(request.query_params)
        seconds, buckets = requests.WINDOWS[window]
        found = reader.series(
            DEFAULT_NAMESPACE, now=SystemClock().now(), width=timedelta(seconds=seconds), buckets=buckets
        )
        return Response(shapes.series(window, found))
