"""Runs that were started, by whichever writer of this process: the engine's, or the inline one."""

from prometheus_client import Counter

STARTED = Counter("sched_workflows_started", "Runs started by this process, counted when they are committed.")
