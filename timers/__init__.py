"""Timers: what must happen at a time, who looks for it, and the clock itself.

A mechanism: it knows keys and instants, not what a timer is for. The row of `sched_timers` is the truth; what is
armed in memory is a hint, and firing is a question to the kernel, never an order.
"""
