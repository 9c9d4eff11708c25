"""Paths of the API, below `/api/`."""

from django.urls import path, re_path

from workflows.api.views import attention, bulk, callers, docs, load, system, workflow, workflows
from workflows.api.views.base import Nothing

app_name = "api"
urlpatterns = [
    path("workflows", workflows.Workflows.as_view(), name="workflows"),
    path("workflows/counts", workflows.Counts.as_view(), name="counts"),
    path("workflows/<str:workflow_id>", workflow.Workflow.as_view(), name="workflow"),
    path("workflows/<str:workflow_id>/history", workflow.History.as_view(), name="history"),
    path("workflows/<str:workflow_id>/pending", workflow.Pending.as_view(), name="pending"),
    path("workflows/<str:workflow_id>/result", workflow.Result.as_view(), name="result"),
    path("workflows/<str:workflow_id>/retry", workflow.Retry.as_view(), name="retry"),
    path("workflows/<str:workflow_id>/signal", workflow.Signal.as_view(), name="signal"),
    path("workflows/<str:workflow_id>/cancel", workflow.Cancel.as_view(), name="cancel"),
    path("workflows/<str:workflow_id>/terminate", workflow.Terminate.as_view(), name="terminate"),
    path("me", callers.Me.as_view(), name="me"),
    path("audit", callers.Audit.as_view(), name="audit"),
    path("bulk", bulk.Operations.as_view(), name="bulk"),
    path("bulk/<int:number>", bulk.Operation.as_view(), name="bulk-operation"),
    path("bulk/<int:number>/stop", bulk.Stop.as_view(), name="bulk-stop"),
    path("health", system.Health.as_view(), name="health"),
    path("metrics", system.Metrics.as_view(), name="metrics"),
    path("attention", attention.Attention.as_view(), name="attention"),
    path("stats", load.Stats.as_view(), name="stats"),
    path("task-queues", load.TaskQueues.as_view(), name="task-queues"),
    path("task-queues/<str:name>", load.TaskQueue.as_view(), name="task-queue"),
    path("workers", load.Workers.as_view(), name="workers"),
    path("schema", docs.Schema.as_view(), name="schema"),
    path("docs", docs.Docs.as_view(), name="docs"),
    re_path("", Nothing.as_view(), name="nothing"),
]
