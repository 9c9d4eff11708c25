"""A failure on one line, as it stands in sentences for operators."""

from typing import Final

from workflows.core.values import Failure

LONGEST: Final = 200
"""Characters of a failure's message in a sentence."""


def failure_text(failure: Failure, *, payloads: bool = True) -> str:
    """Type and message; without payloads the type alone: messages are made of payloads as a rule."""
    message = " ".join(failure.message.split()) if payloads else ""
    message = message if len(message) <= LONGEST else f"{message[:LONGEST]}…"
    return f"{failure.type}: {message}" if message else failure.type
