"""Rejections: the world's mistakes, each with a stable code. A rejected input changes nothing."""

import enum


class Code(enum.StrEnum):
    """Stable reasons; each door maps them to its own status."""

    ALREADY_EXISTS = "ALREADY_EXISTS"
    """A run with the workflow id is open, or may not be followed by another."""
    NOT_FOUND = "NOT_FOUND"
    """No such execution."""
    CLOSED = "CLOSED"
    """The execution has ended."""
    STALE_TASK = "STALE_TASK"
    """The task is gone, or its current delivery is another one."""
    STALE_TIMER = "STALE_TIMER"
    """The timer is gone."""
    NOT_DUE = "NOT_DUE"
    """The engine's clock is ahead of the database's: the timer's time has not come."""
    INVALID_TURN = "INVALID_TURN"
    """A turn contradicts the execution: a wrong index, an event it cannot have seen, a wait for nothing."""
    ID_BUSY = "ID_BUSY"
    """Another transaction is starting a run of this workflow id."""
    DAMAGED = "DAMAGED"
    """What is stored of the run cannot be read."""
    UNAVAILABLE = "UNAVAILABLE"
    """The engine cannot say now; ask again."""


class Rejected(Exception):
    """An input that the rules refuse."""

    def __init__(self, code: Code, message: str, *, run_id: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.run_id = run_id
        """The run in the way, where there is one."""
