"""Where in workflow code a command comes from: what a report of non-determinism points at."""

# ruff: noqa: SLF001 - frames are what this module is about

import asyncio
import functools
import sys
from pathlib import Path
from types import CodeType, FrameType, TracebackType

_HERE = str(Path(__file__).parent)
_ASYNCIO = str(Path(asyncio.__file__).parent)
_MACHINES = {str(Path(__file__).with_name(name)) for name in ("stack.py", "coroutine.py", "loop.py")}
_BOTTOMS = ("run", "_body")
"""Below these frames of a machine lies the worker, not the workflow."""


@functools.lru_cache(maxsize=1024)
def _is_ours(filename: str) -> bool:
    """Whether code of that file is no workflow's. Kept, since each command asks it of several frames."""
    return filename.startswith((_HERE, _ASYNCIO))


def caller_location() -> str:
    """The nearest frame of workflow code as file:line; "" where there is none on the stack."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        if not _is_ours(code.co_filename):
            return f"{code.co_filename}:{frame.f_lineno}"
        if code.co_name in _BOTTOMS and code.co_filename in _MACHINES:
            return ""
        frame = frame.f_back
    return ""


def definition_location(function: object) -> str:
    """A function's first line as file:line; "" where it has no code of its own."""
    code = getattr(function, "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}" if isinstance(code, CodeType) else ""


def raised_location(error: BaseException) -> str:
    """The last frame of workflow code that an exception passed as file:line; "" where it passed none."""
    found = ""
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if not _is_ours(name):
            found = f"{name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return found
