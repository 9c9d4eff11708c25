"""Where they are registered: with the demo's, so that a worker has both."""

from sched_sdk.demo.registry import registry

__all__ = ["registry"]
