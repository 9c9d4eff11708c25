"""Answers for callers who may look, and not at payloads."""

from typing import Any, Final

from google.protobuf.message import Message
from sched_sdk.proto.v1 import common_pb2, workflow_pb2

from workflows.access.actions import Action
from workflows.rpc.entrance import caller
from workflows.store import reader

_PAYLOAD: Final = common_pb2.Payload.DESCRIPTOR.full_name
_TEXTS_OF_FAILURES: Final = ("message", "stack_trace")
"""Made of what code was handed, as a rule."""
_WITH_PROBLEMS: Final = (
    workflow_pb2.WorkflowExecution,
    workflow_pb2.PendingActivity,
    workflow_pb2.PendingWorkflowTask,
)


def are_hidden(*, of_history: bool = False) -> bool:
    """Whether payloads are hidden from the caller. Workers see those of histories, which they replay."""
    who = caller()
    return not (who.may(Action.SEE_PAYLOADS) or (of_history and who.may(Action.WORK)))


def hide_payloads[M: Message](message: M) -> M:
    """The message without any payload in it, however deep, no text of a failure, and of problems the kind alone.

    It is changed in place.
    """
    if isinstance(message, common_pb2.Failure):
        for name in _TEXTS_OF_FAILURES:
            message.ClearField(name)
    if isinstance(message, _WITH_PROBLEMS):
        message.problem = reader.problem_shown(message.problem, payloads=False)
    for field, value in message.ListFields():
        kind = field.message_type
        if kind is None or kind.GetOptions().map_entry:
            continue
        if kind.full_name == _PAYLOAD:
            message.ClearField(field.name)
        elif isinstance(value, Message):
            hide_payloads(value)
        else:
            _hide_in_each(value)
    return message


def _hide_in_each(messages: Any) -> None:
    for each in messages:
        hide_payloads(each)
