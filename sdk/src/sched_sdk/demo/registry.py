"""Where the demo's files register what they define. A service of one file would use its client for that."""

from sched_sdk.registry import Registry

registry = Registry()
