"""How long the page's own thread was kept busy by one task, by what Chromium's trace tells.

A task is as long as the processor worked on it. Where others have the core meanwhile, the clock on the wall, and with
it the browser's `longtask`, counts their work too: on a machine with more to do than cores every page has long tasks.
On one that is idle the two are the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tests.e2e.harness.waiting import wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Page

_CATEGORIES: Final = "-*,toplevel,__metadata"
_TASK: Final = "RunTask"


@dataclass(slots=True)
class Trace:
    """Of one stretch of time; filled when it is over.

    Attributes:
        tasks: milliseconds of the processor's time that each task of the page took.
    """

    tasks: list[float] = field(default_factory=list)

    @property
    def longest(self) -> list[float]:
        """The five longest, the worst first."""
        return sorted(self.tasks, reverse=True)[:5]


@contextmanager
def traced(page: Page) -> Iterator[Trace]:
    trace = Trace()
    events: list[dict[str, Any]] = []
    over: list[bool] = []
    devtools = page.context.new_cdp_session(page)
    devtools.on("Tracing.dataCollected", lambda told: events.extend(told["value"]))
    devtools.on("Tracing.tracingComplete", lambda _: over.append(True))
    devtools.send(
        "Tracing.start",
        {"transferMode": "ReportEvents", "traceConfig": {"includedCategories": _CATEGORIES.split(",")}},
    )
    yield trace
    devtools.send("Tracing.end")
    wait_for(lambda: over or page.evaluate("undefined"), "end of the trace")
    trace.tasks.extend(_tasks(events))
    assert trace.tasks, "the trace has no task of the page's"
    devtools.detach()


def _tasks(events: list[dict[str, Any]]) -> Iterator[float]:
    pages = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    for event in events:
        if event["name"].endswith(_TASK) and (event["pid"], event["tid"]) in pages and "tdur" in event:
            yield event["tdur"] / 1_000
