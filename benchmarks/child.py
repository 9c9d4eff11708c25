"""What a measured process and the harness say to each other: one line of JSON each way, over the process's pipes.

The process says that it is ready, then answers each question until its input ends. It runs under the interpreter of
whatever is measured, so this module imports nothing but the standard library.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, TextIO

type Answer = dict[str, Any]
"""`seconds`: from the first call to the last answer; `taken`, where callers waited: seconds of each call."""


def serve(workloads: Mapping[str, Callable[..., Answer]]) -> None:
    """Answers questions, each `{"workload": name, …arguments}`, until nobody is left to ask."""
    answers = _own_stdout()
    _say(answers, {"ready": True})
    for line in sys.stdin:
        asked = json.loads(line)
        _say(answers, workloads[asked.pop("workload")](**asked))


def timed(work: Callable[[], object]) -> float:
    """Seconds that it took."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _own_stdout() -> TextIO:
    """What libraries print goes to the log; the pipe is for answers alone."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return answers


def _say(answers: TextIO, answer: Answer) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()
