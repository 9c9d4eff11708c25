"""Values as people are shown them. Long ones are cut, and say so; --json has all of them."""

from sched_sdk.cli import documents, json_text
from sched_sdk.proto.v1 import common_pb2

PAYLOAD_CHARACTERS_MAX = 2_000
TRACE_LINES_MAX = 12
"""The last: they are nearest to the fault."""


def payload(value: object, *, whole: bool = False, longest: int = PAYLOAD_CHARACTERS_MAX) -> str:
    """JSON text; "" for an absent payload that need not be shown."""
    if value is None and not whole:
        return ""
    text = json_text.dumps(value)
    return text if whole or len(text) <= longest else f"{text[:longest]}… ({len(text):,} characters)"


def instant(microseconds: int) -> str:
    """To the millisecond; "" for none."""
    text = documents.instant(microseconds)
    return "" if text is None else f"{text[:-4]}Z"


def span(seconds: float) -> str:
    """In the two largest units that say something."""
    if seconds < 60:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    for name, size, smaller, part in (("d", 86_400, "h", 3_600), ("h", 3_600, "m", 60), ("m", 60, "s", 1)):
        if whole >= size:
            return f"{whole // size}{name} {whole % size // part}{smaller}"
    return f"{whole}s"


def failure(message: common_pb2.Failure, *, trace: bool = False) -> list[str]:
    """Its sentence, then those of its causes; with the end of the stack trace of each if so wished."""
    lines = [_sentence(message)]
    if trace:
        lines += [f"    {line}" for line in message.stack_trace.rstrip().splitlines()[-TRACE_LINES_MAX:]]
    if message.HasField("cause"):
        first, *others = failure(message.cause, trace=trace)
        lines += [f"caused by {first}", *others]
    return lines


def _sentence(message: common_pb2.Failure) -> str:
    kind = common_pb2.FailureKind.Name(message.kind).removeprefix("FAILURE_KIND_")
    text = f"{message.type or kind}: {message.message}" if message.message else message.type or kind
    return f"{text} (not retried)" if message.non_retryable else text
