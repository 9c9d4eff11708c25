"""The timeline of a page of a history: a bar for each activity and timer, a dot for each signal, turn and end.

Plain numbers for a drawing of ours: positions from 0 to `WIDTH` between the first and the last instant. The site's
policy allows no inline style, and SVG needs none.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from workflows.admin.texts import span_text
from workflows.core import events as e

WIDTH: Final = 1000
LANES_MAX: Final = 40
"""Activities and timers that are drawn; more would not be read."""
_ENDS: Final = {
    e.ActivityTaskCompleted: "done",
    e.ActivityTaskFailed: "failed",
    e.ActivityTaskTimedOut: "failed",
    e.ActivityTaskCanceled: "canceled",
    e.TimerFired: "done",
    e.TimerCanceled: "canceled",
}
_MARKS: Final = {
    e.SignalReceived: "signal",
    e.WorkflowTaskCompleted: "turn",
    e.WorkflowExecutionCancelRequested: "cancel",
    **dict.fromkeys(e.TERMINAL, "end"),
}


@dataclass(slots=True, kw_only=True)
class Lane:
    """One activity or timer. `state` is open, done, failed or canceled."""

    number: int
    kind: str
    name: str
    begin: datetime
    end: datetime | None = None
    state: str = "open"
    failures: list[datetime] = field(default_factory=list)


def timeline_of(events: Sequence[e.Event], *, since: datetime, until: datetime) -> dict[str, Any] | None:
    """What the drawing needs; None where there is nothing to draw. `until` is the end, or now."""
    lanes = _lanes(events)
    if not lanes:
        return None
    scale = _Scale(since=since, until=max(until, since))
    return {
        "width": WIDTH,
        "lanes": [_drawn(lane, scale) for lane in lanes[:LANES_MAX]],
        "more": max(len(lanes) - LANES_MAX, 0),
        "marks": [(scale.of(each.at), _MARKS[type(each)]) for each in events if type(each) in _MARKS],
        "span": span_text(scale.until - since),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    since: datetime
    until: datetime

    def of(self, at: datetime) -> int:
        whole = (self.until - self.since).total_seconds()
        part = (at - self.since).total_seconds()
        return round(min(max(part / whole, 0), 1) * WIDTH) if whole > 0 else 0


def _lanes(events: Sequence[e.Event]) -> list[Lane]:
    found: dict[int, Lane] = {}
    for event in events:
        match event:
            case e.ActivityTaskScheduled():
                found[event.number] = Lane(
                    number=event.number, kind="activity", name=event.activity_type, begin=event.at
                )
            case e.TimerStarted():
                name = "signal wait" if event.signal_wait else "timer"
                found[event.number] = Lane(number=event.number, kind="timer", name=name, begin=event.at)
            case e.ActivityTaskRetryScheduled() if event.scheduled in found:
                found[event.scheduled].failures.append(event.at)
            case _ if type(event) in _ENDS:
                lane = found.get(getattr(event, "scheduled", 0) or getattr(event, "started", 0))
                if lane is not None:
                    lane.end, lane.state = event.at, _ENDS[type(event)]
    return list(found.values())


def _drawn(lane: Lane, scale: _Scale) -> dict[str, Any]:
    begin, end = scale.of(lane.begin), scale.of(lane.end or scale.until)
    return {
        "number": lane.number,
        "kind": lane.kind,
        "name": lane.name,
        "state": lane.state,
        "x": min(begin, WIDTH - 4),
        "width": max(end - begin, 4),
        "failures": [scale.of(at) for at in lane.failures],
        "lasted": span_text((lane.end or scale.until) - lane.begin),
    }
