"""The simulation: whole engines, workers and clients in one process, in virtual time, under a seeded scheduler.

What runs is the product: the kernel, the store on SQLite, lanes and group commit, claims, dispatch, timers, loops,
matching, sessions, desk, the gRPC services without their port, and the lanes, outbox and pulses of the SDK's worker.
What is simulated is what lies between: threads, event loops, time, the network, and when each of them goes on.

A seed decides everything, so the same seed is the same run. It needs `PYTHONHASHSEED=0`, which `make simulate` sets.
"""
