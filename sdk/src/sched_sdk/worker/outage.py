"""One line when the engine goes, one when it is back: an outage of an hour shall not fill a log."""

from sched_sdk.logs import component_logger

log = component_logger("worker")


class Outage:
    """Whether one lane reaches the engine."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._is_on = False

    def failed(self, problem: object) -> None:
        """It does not; tries go on."""
        if self._is_on:
            log.debug("still no %s tasks: %s", self._kind, problem)
        else:
            log.warning("no %s tasks for now: %s; trying again for as long as it takes", self._kind, problem)
        self._is_on = True

    def over(self) -> None:
        """It does."""
        if self._is_on:
            log.info("the engine is back for %s tasks", self._kind)
        self._is_on = False
