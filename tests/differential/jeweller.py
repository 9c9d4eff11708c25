"""Puts payloads, names and reasons on inputs: what no rule looks at, and the store must keep byte for byte."""

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from workflows.core import commands as c
from workflows.core import inputs as i
from workflows.core.values import Failure, Payload

TEXTS = ("", "worker-7", "zoë", "a reason, with 'quotes' and\nlines", "ж" * 70)
BYTES = (
    b"",
    b"null",
    b'{"order":1180591620717411303424}',
    b'"\\u0000 \xc3\xbc"',
    b"\x00\xff\x80 not text",
    b"x" * 300,
)
QUEUES = ("default", "default", "default", "payments")


class Jeweller:
    """Takes its choices from the given generator."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._adorn: dict[type[Any], Callable[[Any], Any]] = {
            i.StartRequested: self._start,
            i.SignalSent: lambda given: replace(given, payload=self._payload(), identity=self._text()),
            i.CancelRequested: lambda given: replace(given, reason=self._text(), identity=self._text()),
            i.TerminateRequested: lambda given: replace(given, reason=self._text(), identity=self._text()),
            i.TurnCompleted: self._turn,
            i.ActivitySucceeded: lambda given: replace(given, result=self._payload(), identity=self._text()),
            i.ActivityFailed: lambda given: replace(given, failure=self._failure(given.failure)),
            i.ActivityCanceled: lambda given: replace(given, details=self._payload(), identity=self._text()),
            c.ScheduleActivity: self._activity,
            c.CompleteWorkflow: lambda command: replace(command, result=self._payload()),
            c.FailWorkflow: lambda command: replace(command, failure=self._failure(command.failure)),
            c.CancelWorkflow: lambda command: replace(command, details=self._payload()),
        }

    def adorn[T](self, given: T) -> T:
        """The same input, or command, with more to carry."""
        adorn = self._adorn.get(type(given))
        return given if adorn is None else adorn(given)

    def details(self) -> bytes | None:
        """Of a heartbeat."""
        return self._rng.choice((None, b"step 1", b"\x00"))

    def _start(self, given: i.StartRequested) -> i.StartRequested:
        return replace(
            given,
            task_queue=self._rng.choice(QUEUES),
            input=self._payload(),
            memo=self._payload(),
            search_attributes=self._payload(),
            identity=self._text(),
            headers=self._headers(),
            signal=given.signal and self.adorn(given.signal),
        )

    def _turn(self, given: i.TurnCompleted) -> i.TurnCompleted:
        commands = tuple(map(self.adorn, given.commands))
        return replace(given, commands=commands, identity=self._text(), build=self._text())

    def _activity(self, command: c.ScheduleActivity) -> c.ScheduleActivity:
        queue = self._rng.choice(("", *QUEUES))
        return replace(command, task_queue=queue, input=self._payload(), headers=self._headers())

    def _failure(self, failure: Failure) -> Failure:
        cause = Failure(type="Cause", message=self._text()) if self._rng.random() < 0.3 else None
        return replace(failure, message=self._text(), details=self._payload(), cause=cause)

    def _payload(self) -> Payload | None:
        if self._rng.random() < 0.4:
            return None
        encoding = self._rng.choice(("", "", "binary/zip"))
        metadata = (("key", self._rng.choice(BYTES)),) if self._rng.random() < 0.2 else ()
        return Payload(self._rng.choice(BYTES), encoding, metadata)

    def _text(self) -> str:
        return self._rng.choice(TEXTS)

    def _headers(self) -> tuple[tuple[str, str], ...]:
        return (("traceparent", self._text()),) if self._rng.random() < 0.3 else ()
