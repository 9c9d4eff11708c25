"""Type variables for what is the same in both kinds of work: a task T comes in, a completion C goes out."""

from typing import TypeVar

from sched_sdk.proto.v1.worker_pb2 import (
    ActivityTask,
    ActivityTaskCompletion,
    WorkflowTask,
    WorkflowTaskCompletion,
)

T = TypeVar("T", bound=WorkflowTask | ActivityTask)
T_co = TypeVar("T_co", bound=WorkflowTask | ActivityTask, covariant=True)
T_contra = TypeVar("T_contra", bound=WorkflowTask | ActivityTask, contravariant=True)
C = TypeVar("C", bound=WorkflowTaskCompletion | ActivityTaskCompletion)
C_co = TypeVar("C_co", bound=WorkflowTaskCompletion | ActivityTaskCompletion, covariant=True)
C_contra = TypeVar("C_contra", bound=WorkflowTaskCompletion | ActivityTaskCompletion, contravariant=True)
