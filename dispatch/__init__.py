"""Dispatch: how a task that waits in the database finds a worker that is free.

A mechanism: it knows keys and queues, not what a task is for. The row of `sched_tasks` is the truth; everything that a
dispatcher carries is a hint.
"""
