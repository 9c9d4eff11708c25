"""A worker with one workflow for each thing that sched does: `python -m sched_sdk.demo`. One file per workflow.

It is configured by the environment like any worker; AUTO_START_TEST=true starts one MonthlyReport two seconds after
boot.
"""
